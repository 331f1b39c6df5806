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

const RUN = 32; // chunks

// Blocks, by key. Each is an element with its own content and a place for what stands under it.
class Flow {
  constructor(root) {
    this.root = root;
    this.blocks = new Map();
    this.waiting = new Map(); // notices that count down, by key
  }

  clear() {
    this.blocks.clear();
    this.waiting.clear();
    this.root.replaceChildren();
  }

  apply([name, key, ...rest]) {
    const block = this.blocks.get(key);
    switch (name) {
      case "html": {
        const made = this.place(key, rest[0], rest[1], "ocm-html");
        made.self.innerHTML = rest[2];
        this.countDown(key, rest[3]);
        return;
      }
      case "set":
        replaceHtml(block.self, rest[0]);
        this.countDown(key, rest[1]);
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
        for (const chunk of this.chunksOf(block).slice(rest[0])) {
          const run = chunk.parentElement;
          chunk.remove();
          if (!run.childElementCount) run.remove();
        }
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
    element.dataset.ocmKey = key;
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

  // The place under a block for what is asked of it; none where the block is not there.
  asksOf(key) {
    const block = this.blocks.get(key);
    if (!block) return null;
    if (!block.asks) {
      block.asks = make("div", "ocm-asks");
      block.under.before(block.asks);
    }
    return block.asks;
  }

  // What a notice waits for, e.g. the next attempt: the page counts the seconds, silently.
  countDown(key, left) {
    const block = this.blocks.get(key);
    this.waiting.delete(key);
    const words = left === undefined ? null : block.self.querySelector(".ocm-notice");
    if (!words) return;
    const count = make("span", "ocm-count");
    count.setAttribute("role", "timer");
    words.insertBefore(count, words.querySelector("br"));
    this.waiting.set(key, { count, until: performance.now() + left * 1000 });
    this.tick();
  }

  tick() {
    for (const { count, until } of this.waiting.values()) {
      const left = Math.ceil((until - performance.now()) / 1000);
      count.textContent = left > 0 ? ` in ${seconds(left)}` : " now";
    }
  }

  addChunks(block, chunks) {
    for (const html of chunks) {
      const chunk = make("div", "ocm-chunk");
      chunk.innerHTML = html;
      this.lastRun(block).append(chunk);
    }
  }

  // Chunks stand in runs, so that the browser passes over all of one that is out of sight: with
  // thousands side by side it would look at each of them in every frame.
  lastRun(block) {
    const last = block.tail.previousElementSibling;
    if (last && last.childElementCount < RUN) return last;
    const run = make("div", "ocm-run");
    block.tail.before(run);
    return run;
  }

  chunksOf(block) {
    return [...block.self.children].slice(0, -1).flatMap((run) => [...run.children]);
  }

  setTail(block, text) {
    block.text.data = text;
    block.tail.classList.toggle("ocm-tail-code", /^\s{0,3}(```|~~~)/.test(text));
  }

  remove(key) {
    for (const [other, block] of this.blocks) if (block.parent === key) this.remove(other);
    this.blocks.get(key)?.element.remove();
    this.blocks.delete(key);
    this.waiting.delete(key);
  }
}
