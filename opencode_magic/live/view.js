// Draws one running turn. It knows no turns, only the operations of board.py, and it takes HTML from
// `html` operations alone: that has passed the sanitiser. Everything else is text.

const RETRY_MS = [1500, 3000, 6000, 12000]; // until a snapshot comes
const UNCONFIRMED_MS = 15000; // then an answer may be given again
const SILENCE_S = 20; // the kernel says something every two seconds while the turn runs

const random = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function button(words, kind, onClick) {
  const element = make("button", `ocm-button ocm-${kind}`, words);
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
}

// A line of text; Enter sends its form, which JupyterLab's own handling of the key would prevent.
function textField(label, placeholder) {
  const field = make("input", "ocm-field");
  field.type = "text";
  field.maxLength = 4000;
  field.placeholder = placeholder;
  field.setAttribute("aria-label", label);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    field.form.requestSubmit();
  });
  return field;
}

// What a reader did to a block must outlive its replacement: opened folds, scrolled output, focus.
function replaceHtml(element, html) {
  const folds = [...element.querySelectorAll("details")];
  const chosen = folds.map((fold) => fold.dataset.chosen);
  const scrolled = [...element.querySelectorAll("pre")].map((pre) => ({
    top: pre.scrollTop,
    left: pre.scrollLeft,
    end: pre.scrollTop > 0 && pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 4,
  }));
  const focused = [...element.querySelectorAll("summary")].indexOf(document.activeElement);
  element.innerHTML = html;
  element.querySelectorAll("details").forEach((fold, i) => {
    if (chosen[i] === undefined) return;
    fold.dataset.chosen = chosen[i];
    fold.open = chosen[i] === "open";
  });
  element.querySelectorAll("pre").forEach((pre, i) => {
    const old = scrolled[i];
    if (!old || !(old.top || old.left)) return;
    pre.scrollLeft = old.left;
    pre.scrollTop = old.end ? pre.scrollHeight : old.top;
  });
  if (focused >= 0) element.querySelectorAll("summary")[focused]?.focus({ preventScroll: true });
}

// Blocks out of sight have only a guessed height, so the way there changes while one goes it.
function scrollTo(element, frames = 30, last = NaN) {
  element.scrollIntoView({ block: "nearest" });
  const { top } = element.getBoundingClientRect();
  if (frames > 0 && (frames > 25 || top !== last)) {
    requestAnimationFrame(() => scrollTo(element, frames - 1, top));
  }
}

function seconds(total) {
  const whole = Math.max(0, Math.floor(total));
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

// Blocks, by key. Each is an element with its own content and a place for what stands under it.
class Flow {
  constructor(root) {
    this.root = root;
    this.blocks = new Map();
  }

  clear() {
    this.blocks.clear();
    this.root.replaceChildren();
  }

  apply([name, key, ...rest]) {
    const block = this.blocks.get(key);
    switch (name) {
      case "html": {
        const made = this.place(key, rest[0], rest[1], "ocm-html");
        made.self.innerHTML = rest[2];
        return;
      }
      case "set":
        replaceHtml(block.self, rest[0]);
        return;
      case "fold": {
        const made = this.place(key, rest[0], rest[1], "ocm-html", "details");
        if (rest[3]) made.element.dataset.kind = rest[3];
        made.self.textContent = rest[2];
        return;
      }
      case "sum":
        block.self.textContent = rest[0];
        return;
      case "md": {
        const made = this.place(key, rest[0], rest[1], "ocm-written");
        made.tail = make("div", "ocm-tail");
        made.text = document.createTextNode("");
        made.tail.append(made.text);
        made.self.append(made.tail);
        this.addChunks(made, rest[2]);
        this.setTail(made, rest[3]);
        return;
      }
      case "add":
        this.setTail(block, "");
        this.addChunks(block, rest[0]);
        return;
      case "cut":
        [...block.self.children].slice(rest[0], -1).forEach((chunk) => chunk.remove());
        this.setTail(block, "");
        return;
      case "txt":
        if (block.text.length) block.text.appendData(rest[0]);
        else this.setTail(block, rest[0]);
        return;
      case "tail":
        this.setTail(block, rest[0]);
        return;
      case "del":
        this.remove(key);
        return;
    }
  }

  place(key, parent, after, className, tag = "div") {
    const element = make(tag, `ocm-node ${className}`);
    const self = make(tag === "details" ? "summary" : "div", "ocm-self");
    const under = make("div", "ocm-under");
    element.append(self, under);
    const siblings = this.blocks.get(parent)?.under ?? this.root;
    const elder = this.blocks.get(after)?.element;
    if (elder) elder.after(element);
    else siblings.prepend(element);
    const block = { element, self, under, parent };
    this.blocks.set(key, block);
    return block;
  }

  addChunks(block, chunks) {
    for (const html of chunks) {
      const chunk = make("div", "ocm-chunk");
      chunk.innerHTML = html;
      block.tail.before(chunk);
    }
  }

  setTail(block, text) {
    block.text.data = text;
    block.tail.classList.toggle("ocm-tail-code", /^\s{0,3}(```|~~~)/.test(text));
  }

  remove(key) {
    for (const [other, block] of this.blocks) if (block.parent === key) this.remove(other);
    this.blocks.get(key)?.element.remove();
    this.blocks.delete(key);
  }
}

// Questions to the reader, each where the turn has come to a halt. Buttons say "sent" until the
// kernel takes the question away, which is its confirmation.
class Asks {
  constructor(root, send) {
    this.root = root;
    this.send = send;
    this.shown = new Map();
  }

  show(asks, mayTakeFocus) {
    const wanted = new Map(asks.map((ask) => [ask.id, JSON.stringify(ask)]));
    for (const [id, { element, source, timer }] of this.shown) {
      if (wanted.get(id) === source) continue;
      clearTimeout(timer);
      element.remove();
      this.shown.delete(id);
    }
    for (const ask of asks) {
      if (this.shown.has(ask.id)) continue;
      const entry = { source: wanted.get(ask.id), timer: 0 };
      entry.element = ask.questions?.length ? this.question(ask, entry) : this.permission(ask, entry);
      this.root.append(entry.element);
      this.shown.set(ask.id, entry);
      if (mayTakeFocus) entry.element.focus({ preventScroll: true });
    }
  }

  clear() {
    for (const { timer } of this.shown.values()) clearTimeout(timer);
    this.shown.clear();
    this.root.replaceChildren();
  }

  frame(ask) {
    const element = make("div", "ocm-ask");
    element.setAttribute("role", "group");
    element.tabIndex = -1;
    const title = make("p", "ocm-ask-title", ask.title);
    title.id = `ocm-${random()}`;
    element.setAttribute("aria-labelledby", title.id);
    element.append(title);
    if (ask.who) element.append(make("p", "ocm-ask-where", ask.who));
    if (ask.what) element.append(make("p", "ocm-ask-where", ask.what));
    return element;
  }

  permission(ask, entry) {
    const element = this.frame(ask);
    for (const [kind, content] of ask.body) {
      if (kind === "html") {
        const diff = make("div", "ocm-ask-diff jp-RenderedHTMLCommon");
        diff.innerHTML = content;
        element.append(diff);
      } else element.append(make("pre", "ocm-ask-what", content));
    }
    const answer = (reply, words, message) =>
      this.answer(element, entry, words, { ask: ask.id, reply, ...(message ? { message } : {}) });
    const buttons = make("div", "ocm-buttons");
    buttons.append(button("Allow once", "allow", () => answer("once", "Allow once")));
    if (ask.always) {
      const always = button("Always", "allow", () => answer("always", "Always"));
      const words = make("p", "ocm-ask-where");
      ask.always.split("`").forEach((part, i) => words.append(i % 2 ? make("code", "", part) : part));
      words.id = `ocm-${random()}`;
      always.setAttribute("aria-describedby", words.id);
      element.append(words);
      buttons.append(always);
    }
    buttons.append(button("Reject", "reject", () => answer("reject", "Reject")));
    const form = make("form", "ocm-say");
    form.hidden = true;
    const field = textField("What the agent should do instead", "What should the agent do instead?");
    const submit = make("button", "ocm-button ocm-reject", "Reject and send");
    submit.type = "submit";
    form.append(field, submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer("reject", "Reject", field.value.trim());
    });
    const open = button("Reject with message…", "reject", () => {
      form.hidden = !form.hidden;
      open.setAttribute("aria-expanded", String(!form.hidden));
      if (!form.hidden) field.focus();
    });
    open.setAttribute("aria-expanded", "false");
    buttons.append(open);
    element.append(buttons, form, this.status());
    return element;
  }

  question(ask, entry) {
    const element = this.frame(ask);
    const form = make("form", "ocm-questions");
    const name = random();
    const [only] = ask.questions;
    const direct = ask.questions.length === 1 && !only.multiple;
    const fields = ask.questions.map((question, number) => {
      const set = make("fieldset", "ocm-question");
      const legend = make("legend", "", question.question);
      // The header of an only question is the title already.
      if (question.header && ask.questions.length > 1) legend.prepend(make("strong", "", `${question.header}: `));
      set.append(legend);
      const boxes = [];
      for (const option of question.options) {
        if (direct) {
          const choose = button(option.label, "allow", () => reply([[option.value]], option.label));
          const row = make("p", "ocm-option");
          row.append(choose);
          if (option.description) row.append(make("span", "ocm-ask-where", option.description));
          set.append(row);
          continue;
        }
        const label = make("label", "ocm-option");
        const box = make("input");
        box.type = question.multiple ? "checkbox" : "radio";
        box.name = `${name}-${number}`;
        box.value = option.value;
        label.append(box, make("span", "", option.label));
        if (option.description) label.append(make("span", "ocm-ask-where", option.description));
        set.append(label);
        boxes.push(box);
      }
      let own = null;
      if (question.custom) {
        own = textField(`Another answer to: ${question.question}`, "Another answer");
        set.append(own);
      }
      form.append(set);
      return { boxes, own, multiple: question.multiple };
    });
    const reply = (answers, words) =>
      this.answer(element, entry, words, { ask: ask.id, reply: "answer", answers });
    const buttons = make("div", "ocm-buttons");
    if (!direct || only.custom) {
      const submit = make("button", "ocm-button ocm-allow", "Send answer");
      submit.type = "submit";
      buttons.append(submit);
    }
    buttons.append(
      button("Do not answer", "reject", () =>
        this.answer(element, entry, "Do not answer", { ask: ask.id, reply: "reject" })
      )
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const answers = fields.map(({ boxes, own, multiple }) => {
        const ticked = boxes.filter((box) => box.checked).map((box) => box.value);
        const words = own?.value.trim();
        if (!words) return ticked;
        return multiple ? [...ticked, words] : [words];
      });
      if (answers.some((labels) => !labels.length)) {
        element.querySelector(".ocm-sent").textContent =
          answers.length > 1 ? "Each question needs an answer." : "Choose or write an answer.";
        return;
      }
      reply(answers, answers.flat().join(", "));
    });
    form.append(buttons);
    element.append(form, this.status());
    return element;
  }

  status() {
    const line = make("p", "ocm-sent");
    line.setAttribute("role", "status");
    return line;
  }

  answer(element, entry, words, content) {
    const controls = [...element.querySelectorAll("button, input")];
    const line = element.querySelector(".ocm-sent");
    this.send({ k: "answer", ...content });
    const focused = element.contains(document.activeElement);
    controls.forEach((control) => (control.disabled = true));
    if (focused) element.focus({ preventScroll: true }); // a disabled button loses the focus
    line.textContent = `Sent: ${words}`;
    entry.timer = setTimeout(() => {
      controls.forEach((control) => (control.disabled = false));
      line.textContent = "The kernel has not confirmed this yet. You can answer again.";
    }, UNCONFIRMED_MS);
  }
}

// The model is made as soon as the kernel opens it, a view only when its cell comes into sight. So
// this tells the kernel that widgets work here, long before anybody may look.
function initialize({ model }) {
  model.send({ k: "hello", nonce: random() });
}

function render({ model, el }) {
  const view = random();
  const send = (content) => model.send({ ...content, view, nonce: random() });

  const root = make("section", "ocm-live");
  root.setAttribute("aria-label", "OpenCode turn");
  root.tabIndex = -1;
  const head = make("div", "ocm-head");
  const who = make("span", "ocm-who");
  const phase = make("span", "ocm-phase", "connecting");
  phase.setAttribute("role", "status");
  phase.setAttribute("aria-live", "polite");
  const time = make("span", "ocm-time");
  const stop = button("Stop", "reject", () => {
    stop.disabled = true;
    stop.textContent = "Stopping";
    send({ k: "stop" });
    stopTimer = setTimeout(freeStop, UNCONFIRMED_MS);
  });
  stop.classList.add("ocm-stop");
  const freeStop = () => {
    stop.disabled = false;
    stop.textContent = "Stop";
  };
  const goto = button("Show question", "allow", () => {
    const first = asksRoot.firstElementChild;
    first?.focus({ preventScroll: true });
    if (first) scrollTo(first);
  });
  goto.classList.add("ocm-goto");
  const right = make("span", "ocm-right");
  right.append(time, stop);
  head.append(who, phase, goto, right);
  // JupyterLab's own class for HTML in outputs: the static form that replaces this looks the same.
  const blocks = make("div", "ocm-flow jp-RenderedHTMLCommon");
  blocks.setAttribute("aria-live", "off");
  const asksRoot = make("div", "ocm-asks");
  const foot = make("div", "ocm-foot");
  root.append(head, blocks, asksRoot, foot);
  el.append(root);

  // The browser toggles a fold after the click, so the reader's wish is the opposite of what is.
  blocks.addEventListener("click", (event) => {
    const fold = event.target.closest?.("summary")?.parentElement;
    if (fold?.tagName === "DETAILS") fold.dataset.chosen = fold.open ? "closed" : "open";
  });

  const flow = new Flow(blocks);
  const asks = new Asks(asksRoot, send);
  let seq = -1; // the last message taken; -1 before the first snapshot
  let asking = false;
  let retries = 0;
  let retryTimer = 0;
  let stopTimer = 0;
  let begun = performance.now();
  let heard = performance.now();
  let running = true;
  let phaseWords = "connecting";

  function tick() {
    const now = performance.now();
    time.textContent = seconds((now - begun) / 1000);
    if (running && seq >= 0) {
      const silent = (now - heard) / 1000 > SILENCE_S;
      const words = silent ? "no news from the kernel; is it still running?" : phaseWords;
      if (phase.textContent !== words) phase.textContent = words;
    }
  }
  const ticker = setInterval(() => running && tick(), 1000);

  function apply(op) {
    switch (op[0]) {
      case "head": {
        const { model: name, agent, session, elapsed } = op[1];
        who.replaceChildren(
          ...[name, agent, session].filter(Boolean).map((words) => make("span", "", words))
        );
        running = op[1].running;
        begun = performance.now() - elapsed * 1000;
        stop.hidden = !running;
        root.setAttribute("aria-busy", String(running));
        tick();
        return;
      }
      case "phase":
        phaseWords = op[1];
        phase.textContent = phaseWords;
        return;
      case "asks":
        showAsks(op[1]);
        return;
      case "foot":
        if (foot.innerHTML !== "" || op[1]) replaceHtml(foot, op[1]);
        return;
      case "over":
        running = false;
        showAsks([]);
        root.classList.add("ocm-over");
        return;
      default:
        flow.apply(op);
    }
  }

  // The focus is never taken from elsewhere, but a reader who answers by keyboard must not lose it.
  function showAsks(wanted) {
    const focused = root.contains(document.activeElement);
    root.classList.toggle("ocm-waits", wanted.length > 0);
    asks.show(wanted, focused);
    if (focused && !root.contains(document.activeElement)) {
      (asksRoot.firstElementChild ?? root).focus({ preventScroll: true });
    }
  }

  // "ready" and "gap" both ask for a snapshot, again and again until it comes: any message can be
  // dropped on its way, that one too.
  function ask(kind) {
    clearTimeout(retryTimer);
    asking = true;
    send({ k: kind, seq });
    if (retries < RETRY_MS.length) retryTimer = setTimeout(() => ask(kind), RETRY_MS[retries++]);
  }

  function onMessage(message) {
    if (message?.snapshot !== undefined) {
      if (message.to !== view) return;
      clearTimeout(retryTimer);
      asking = false;
      retries = 0;
      const chosen = new Map();
      for (const [key, { element }] of flow.blocks) {
        chosen.set(key, [element, ...element.querySelectorAll("details")].map((fold) => fold.dataset.chosen));
      }
      flow.clear();
      message.snapshot.forEach(apply);
      for (const [key, { element }] of flow.blocks) {
        [element, ...element.querySelectorAll("details")].forEach((fold, i) => {
          const wish = chosen.get(key)?.[i];
          if (wish === undefined) return;
          fold.dataset.chosen = wish;
          fold.open = wish === "open";
        });
      }
      seq = message.seq;
      heard = performance.now();
      return;
    }
    if (seq < 0 || typeof message?.seq !== "number") return; // a snapshot will tell all of this
    heard = performance.now();
    if (message.ops === undefined ? message.seq > seq : message.seq > seq + 1) {
      if (!asking) ask("gap");
    } else if (message.ops !== undefined && message.seq === seq + 1) {
      seq = message.seq;
      message.ops.forEach(apply);
    }
  }

  model.on("msg:custom", onMessage);
  ask("ready");

  return () => {
    model.off("msg:custom", onMessage);
    clearInterval(ticker);
    clearTimeout(retryTimer);
    clearTimeout(stopTimer);
    asks.clear();
    send({ k: "gone" });
  };
}

export default { initialize, render };
