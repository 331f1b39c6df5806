// A tree to walk in, as in the WAI-ARIA practices: one stop for Tab, arrows inside, letters to jump, a
// field that filters, and what an item holds below it. Children are asked for when they are first seen.
//
// A node is { name, kind: "folder" | "file" | "link", words, letter }. The source says what is in one:
//   children(node, start) -> { nodes, left }     left: how many more there are
//   find(text)            -> { nodes, more }     more: not all are here
//   open(node)            -> an element to show below the tree

const FILTER_MS = 150;
const TYPED_MS = 800;
const MOST_OPENED = 20; // folders at once, by the key *

class Tree {
  constructor(label, source) {
    this.source = source;
    this.nodes = new WeakMap();
    this.typed = { text: "", at: 0 };
    this.asked = 0; // filters so far: a late answer to an earlier one is dropped
    this.list = this.makeList(label);
    this.found = this.makeList(`${label}: found`);
    this.found.hidden = true;
    this.said = make("span", "ocm-quiet");
    this.said.setAttribute("role", "status");
    this.bar = make("div", "ocm-tree-bar");
    this.bar.append(this.makeFilter(label), this.said);
    this.below = this.makeBelow();
    this.element = make("div", "ocm-tree-live");
    this.element.append(this.bar, this.list, this.found, this.below);
    // JupyterLab takes letters, arrows and Enter for itself wherever no text is typed.
    this.element.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey || event.altKey)) event.stopPropagation();
      if (event.key === "Escape") this.leave(event);
    });
  }

  makeList(label) {
    const list = make("ul", "ocm-tree-list");
    list.setAttribute("role", "tree");
    list.setAttribute("aria-label", label);
    list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=treeitem]");
      if (!item) return;
      this.focus(item);
      this.activate(item);
    });
    list.addEventListener("keydown", (event) => this.onKey(event));
    return list;
  }

  makeFilter(label) {
    const field = (this.field = make("input", "ocm-field"));
    field.type = "search";
    field.placeholder = "Filter";
    field.maxLength = 200;
    field.setAttribute("aria-label", `Filter ${label}`);
    let timer = 0;
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.filter(field.value.trim()), FILTER_MS);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown") return;
      event.preventDefault();
      const first = this.items()[0];
      if (first) this.focus(first);
    });
    return field;
  }

  makeBelow() {
    const below = make("div", "ocm-tree-below");
    below.setAttribute("role", "region");
    below.hidden = true;
    return below;
  }

  // -- items

  get shown() {
    return this.found.hidden ? this.list : this.found;
  }

  items() {
    return [...this.shown.querySelectorAll("[role=treeitem]")].filter((item) => !item.closest("[role=group][hidden]"));
  }

  fill(list, nodes, left, parent = null) {
    const total = list.childElementCount + nodes.length + left;
    for (const node of nodes) list.append(this.makeItem(node, parent));
    [...list.children].forEach((item, index) => {
      item.setAttribute("aria-setsize", total);
      item.setAttribute("aria-posinset", index + 1);
    });
    if (left > 0) list.append(this.makeMore(list, left, parent));
    if (!this.shown.querySelector("[tabindex='0']")) this.shown.firstElementChild?.setAttribute("tabindex", "0");
  }

  makeItem(node, parent) {
    const item = this.makeLine(parent, [node.name, node.words].filter(Boolean).join(", "));
    const row = item.firstElementChild;
    const arrow = make("span", "ocm-tree-arrow", node.kind === "folder" ? "▸" : "");
    const letter = make("span", "ocm-tree-letter", node.letter);
    row.append(arrow, letter, make("code", "", node.name));
    for (const hidden of [arrow, letter]) hidden.setAttribute("aria-hidden", "true");
    if (node.words) row.append(" ", make("span", "ocm-state", node.words));
    if (node.kind === "folder") item.setAttribute("aria-expanded", "false");
    else item.setAttribute("aria-selected", "false");
    if (node.letter === "I") row.classList.add("ocm-tree-ignored");
    this.nodes.set(item, node);
    return item;
  }

  makeMore(list, left, parent) {
    const item = this.makeLine(parent, "");
    item.classList.add("ocm-tree-more");
    item.firstElementChild.textContent = `Show more (${left.toLocaleString("en")} left)`;
    item.setAttribute("aria-label", item.firstElementChild.textContent);
    this.nodes.set(item, { kind: "more", name: "Show more", list, parent });
    return item;
  }

  makeLine(parent, label) {
    const item = make("li");
    item.setAttribute("role", "treeitem");
    item.setAttribute("aria-label", label);
    item.setAttribute("aria-level", parent ? Number(parent.getAttribute("aria-level")) + 1 : 1);
    item.tabIndex = -1;
    item.append(make("div", "ocm-tree-row"));
    return item;
  }

  focus(item) {
    for (const other of this.shown.querySelectorAll("[tabindex='0']")) other.tabIndex = -1;
    item.tabIndex = 0;
    item.focus({ preventScroll: true });
    item.firstElementChild.scrollIntoView({ block: "nearest" });
  }

  // -- what can be done with an item

  async activate(item) {
    const node = this.nodes.get(item);
    if (node.kind === "more") await this.more(item, node);
    else if (node.kind !== "folder") await this.open(item, node);
    else if (item.getAttribute("aria-expanded") === "true") this.close(item);
    else await this.expand(item);
  }

  async expand(item) {
    const node = this.nodes.get(item);
    if (!node.group) {
      if (node.asked) return;
      node.asked = true;
      const children = await this.tried(item, () => this.source.children(node, 0));
      node.asked = false;
      if (!children) return;
      node.group = make("ul");
      node.group.setAttribute("role", "group");
      if (children.nodes.length) {
        this.fill(node.group, children.nodes, children.left, item);
        item.append(node.group);
      } else this.say(`${node.name} is empty`);
    }
    node.group.hidden = false;
    item.setAttribute("aria-expanded", "true");
  }

  close(item) {
    const { group } = this.nodes.get(item);
    if (group) group.hidden = true;
    item.setAttribute("aria-expanded", "false");
  }

  async more(item, node) {
    if (node.asked) return;
    node.asked = true;
    const start = node.list.childElementCount - 1;
    const from = node.parent ? this.nodes.get(node.parent) : null;
    const children = await this.tried(item, () => this.source.children(from, start));
    node.asked = false;
    if (!children) return;
    const hadFocus = item.contains(document.activeElement);
    item.remove();
    this.fill(node.list, children.nodes, children.left, node.parent);
    if (hadFocus) this.focus(node.list.children[Math.min(start, node.list.childElementCount - 1)]);
  }

  async open(item, node) {
    const body = await this.tried(item, () => this.source.open(node));
    if (!body) return;
    for (const other of this.element.querySelectorAll("[aria-selected=true]")) other.setAttribute("aria-selected", "false");
    item.setAttribute("aria-selected", "true");
    const name = node.path ?? node.name;
    const head = make("div", "ocm-tree-head");
    head.append(make("code", "", name), button("Close", "close", () => this.shut()));
    const holder = make("div", "ocm-tree-body");
    holder.tabIndex = 0; // it scrolls
    holder.setAttribute("role", "group");
    holder.setAttribute("aria-label", `Contents of ${name}`);
    holder.append(body);
    this.below.replaceChildren(head, holder);
    this.below.setAttribute("aria-label", `Preview of ${name}`);
    this.below.hidden = false;
    this.say(`${name} is shown below`);
  }

  shut() {
    const item = this.shown.querySelector("[aria-selected=true]") ?? this.items()[0];
    this.below.hidden = true;
    this.below.replaceChildren();
    item?.setAttribute("aria-selected", "false");
    this.say("");
    if (item) this.focus(item);
  }

  async tried(item, ask) {
    item.setAttribute("aria-busy", "true");
    try {
      return await ask();
    } catch (error) {
      this.say(error.message);
      return null;
    } finally {
      item.removeAttribute("aria-busy");
    }
  }

  say(words) {
    this.said.textContent = words;
  }

  // -- the filter

  async filter(text) {
    const asked = ++this.asked;
    if (!text) {
      this.found.hidden = true;
      this.list.hidden = false;
      this.say("");
      return;
    }
    let result;
    try {
      result = await this.source.find(text);
    } catch (error) {
      if (asked === this.asked) this.say(error.message);
      return;
    }
    if (asked !== this.asked) return;
    this.list.hidden = true;
    this.found.hidden = result.nodes.length === 0;
    this.found.replaceChildren();
    this.fill(this.found, result.nodes, 0);
    const count = result.nodes.length;
    if (result.more) this.say(`More than ${count} files match`);
    else this.say(count === 0 ? "No file matches" : `${count} file${count === 1 ? " matches" : "s match"}`);
  }

  leave(event) {
    event.preventDefault();
    if (!this.below.hidden) return this.shut();
    if (!this.field.value) return;
    this.field.value = "";
    this.filter("");
    this.field.focus();
  }

  // -- keys

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const item = event.target.closest("[role=treeitem]");
    if (!item || !this.press(event.key, item)) return;
    event.preventDefault();
  }

  press(key, item) {
    const items = this.items();
    const at = items.indexOf(item);
    const expanded = item.getAttribute("aria-expanded");
    const go = (other) => other && this.focus(other);
    if (key.length > 1) this.typed = { text: "", at: 0 }; // a move begins another word
    switch (key) {
      case "ArrowDown": go(items[at + 1]); return true;
      case "ArrowUp": go(items[at - 1]); return true;
      case "Home": go(items[0]); return true;
      case "End": go(items.at(-1)); return true;
      case "Enter":
      case " ": this.activate(item); return true;
      case "ArrowRight":
        if (expanded === "false") this.expand(item);
        else if (expanded === "true") go(item.querySelector("[role=treeitem]"));
        return true;
      case "ArrowLeft":
        if (expanded === "true") this.close(item);
        else go(item.parentElement.closest("[role=treeitem]"));
        return true;
      case "*":
        [...item.parentElement.children]
          .filter((other) => other.getAttribute("aria-expanded") === "false")
          .slice(0, MOST_OPENED)
          .forEach((other) => this.expand(other));
        return true;
    }
    return key.length === 1 && this.jump(key, items, at);
  }

  // To the next item whose name begins with what was typed.
  jump(letter, items, at) {
    const now = performance.now();
    const again = now - this.typed.at > TYPED_MS;
    const text = (again ? "" : this.typed.text) + letter.toLowerCase();
    this.typed = { text, at: now };
    const start = text.length === 1 ? at + 1 : at;
    const order = [...items.slice(start), ...items.slice(0, start)];
    const hit = order.find((item) => this.nodes.get(item).name.toLowerCase().startsWith(text));
    if (hit) this.focus(hit);
    return true;
  }
}
