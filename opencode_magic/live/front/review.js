const LINES_WITHIN_MS = 4000; // then the lines of a file are asked for again

// The changes of a turn: a box for each file and each hunk, ticked while it is to be kept. What is
// chosen is kept here and not in the boxes: those of a file are made when it is opened.
class Review {
  constructor(asks, entry, ask) {
    this.asks = asks;
    this.entry = entry;
    this.element = asks.frame(ask);
    this.element.classList.add("ocm-review");
    this.files = ask.files.map((file, number) => this.file(file, number));
    const choosable = this.files.filter(({ total }) => total);
    if (choosable.length > 1) this.element.append(this.everything(choosable));
    this.element.append(...this.files.map(({ element }) => element));
    if (ask.more) this.element.append(make("p", "ocm-ask-where", ask.more));
    this.count = make("p", "ocm-review-count");
    this.count.setAttribute("role", "status");
    const apply = button("Apply decision", "allow", () => this.send("Apply decision", this.undone()));
    describe(apply, this.count);
    const buttons = make("div", "ocm-buttons");
    buttons.append(button("Keep all", "allow", () => this.send("Keep all", [])), apply);
    const foot = make("div", "ocm-review-foot");
    foot.append(this.count, buttons, asks.status());
    this.element.append(foot);
    this.update();
  }

  file({ file: name, words, why, pieces, lines, html }, number) {
    const element = make("div", "ocm-review-file");
    const about = words ? ` (${words})` : "";
    const found = { element, name, number, pieces, total: pieces.length, out: new Set(), boxes: [], box: null };
    if (why) {
      const line = make("p", "ocm-option");
      line.append(make("code", "", name), make("span", "ocm-ask-where", `${about} cannot be undone: ${why}`));
      element.append(line);
      return found;
    }
    const [row, box] = this.option(make("code", "", name), about, (ticked) => this.set(found, ticked));
    found.box = box;
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", name);
    element.append(row);
    if (lines) element.append(this.fold(found, lines, html));
    return found;
  }

  // The hunks of a file; their lines come from the kernel unless they are there already.
  fold(found, count, html) {
    const fold = make("details", "ocm-hunks");
    const { total, pieces } = found;
    fold.append(make("summary", "", pieces[0] ? plural(total, "hunk") : plural(count, "line")));
    const open = () => {
      if (found.lines) return;
      found.lines = pieces.map((words, piece) => this.hunk(found, piece, words, fold));
      if (html) this.show(found, html);
      else this.ask(found);
    };
    fold.addEventListener("toggle", () => fold.open && open());
    if (html) {
      fold.open = true;
      open();
    }
    return fold;
  }

  hunk(found, piece, words, fold) {
    const element = make("div", "ocm-hunk-choice");
    if (words) {
      element.setAttribute("role", "group");
      element.setAttribute("aria-label", words);
      const [row, box] = this.option(make("span", "", words), "", (ticked) => {
        if (ticked) found.out.delete(piece);
        else found.out.add(piece);
        this.update();
      });
      box.checked = !found.out.has(piece);
      found.boxes.push([piece, box]);
      element.append(row);
    }
    const lines = make("div", "ocm-ask-diff jp-RenderedHTMLCommon");
    element.append(lines);
    fold.append(element);
    return lines;
  }

  option(name, about, onChange) {
    const row = make("label", "ocm-option");
    const box = make("input");
    box.type = "checkbox";
    box.checked = true;
    box.addEventListener("change", () => onChange(box.checked));
    const words = make("span");
    words.append(name);
    if (about) words.append(make("span", "ocm-ask-where", about));
    row.append(box, words);
    return [row, box];
  }

  everything(files) {
    const [row, box] = this.option(make("span", "", "All files"), "", (ticked) => {
      files.forEach((file) => this.choose(file, ticked));
      this.update();
    });
    this.all = box;
    return row;
  }

  set(found, ticked) {
    this.choose(found, ticked);
    this.update();
  }

  choose(found, ticked) {
    found.out = new Set(ticked ? [] : found.pieces.keys());
  }

  // Ask for a file's lines, once more where they do not come: any message can be dropped.
  ask(found, again = 3) {
    if (found.shown || !again || !this.element.isConnected) return;
    found.lines.forEach((lines) => (lines.textContent = "Loading…"));
    this.asks.send({ k: "pieces", ask: this.entry.id, file: found.number });
    found.timer = setTimeout(() => this.ask(found, again - 1), LINES_WITHIN_MS);
  }

  arrived(number, html) {
    const found = this.files[number];
    if (found?.lines && !found.shown) this.show(found, html);
  }

  show(found, html) {
    clearTimeout(found.timer);
    found.shown = true;
    found.lines.forEach((lines, piece) => (lines.innerHTML = html[piece] ?? ""));
  }

  update() {
    let total = 0;
    let out = 0;
    for (const found of this.files) {
      total += found.total;
      out += found.out.size;
      for (const [piece, box] of found.boxes) box.checked = !found.out.has(piece);
      if (found.box) tickBox(found.box, found.out.size, found.total);
    }
    if (this.all) tickBox(this.all, out, total);
    const words = `${total - out} of ${plural(total, "hunk")} kept, ${out} to be undone`;
    if (this.count.textContent !== words) this.count.textContent = words;
  }

  undone() {
    return this.files.flatMap(({ number, out }) => [...out].map((piece) => [number, piece]));
  }

  send(words, undone) {
    this.asks.answer(this.element, this.entry, words, { reply: "review", undone });
  }
}

function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

// A box over others: ticked, not ticked, or in between.
function tickBox(box, out, total) {
  box.checked = out === 0;
  box.indeterminate = out > 0 && out < total;
}
