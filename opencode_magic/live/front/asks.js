const UNCONFIRMED_MS = 15000; // then an answer may be given again

// Questions to the reader, each under the block it belongs to, else at the end. Buttons say "sent"
// until the kernel takes the question away, which is its confirmation.
class Asks {
  constructor(flow, rest, send) {
    this.flow = flow;
    this.rest = rest; // where those stand that belong to no block
    this.send = send;
    this.shown = new Map();
  }

  apply([name, id, ...more]) {
    const entry = this.shown.get(id);
    if (name === "unask") this.remove(id);
    else if (name === "under") entry.under = more[0];
    else this.add(id, ...more);
  }

  add(id, under, ask) {
    const source = JSON.stringify(ask);
    const old = this.shown.get(id);
    if (old?.source === source) {
      old.under = under;
      return;
    }
    this.remove(id);
    const entry = { id, under, source, timer: 0, sent: false, isNew: true };
    if (ask.files) entry.review = new Review(this, entry, ask);
    entry.element = entry.review?.element ?? this.asked(ask, entry);
    this.shown.set(id, entry);
  }

  asked(ask, entry) {
    return ask.questions?.length ? new Form(this, entry, ask).element : this.permission(ask, entry);
  }

  remove(id) {
    const entry = this.shown.get(id);
    if (!entry) return;
    clearTimeout(entry.timer);
    entry.element.remove();
    this.shown.delete(id);
  }

  // Forget those that are not among these: a snapshot names all there are.
  keep(ids) {
    for (const id of [...this.shown.keys()]) if (!ids.has(id)) this.remove(id);
  }

  clear() {
    this.keep(new Set());
  }

  // Put each where it belongs now: its block may have come, or gone. A new one opens the folds it
  // stands in, unless the reader closed them.
  settle() {
    for (const entry of this.shown.values()) {
      const place = this.flow.asksOf(entry.under) ?? this.rest;
      if (entry.element.parentElement !== place) place.append(entry.element);
      if (entry.isNew) unfold(entry.element, (fold) => fold.dataset.chosen !== "closed");
      entry.isNew = false;
    }
  }

  // From the top of the page down.
  get elements() {
    const all = [...this.shown.values()].map(({ element }) => element);
    return all.sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  }

  // The one to answer after the one that has the focus.
  next() {
    const all = this.elements;
    const here = all.findIndex((element) => element.contains(document.activeElement));
    return all[(here + 1) % all.length];
  }

  // Whether the focus is in a question that has been answered: nothing is half typed there.
  isAnswered(focused) {
    return [...this.shown.values()].some(({ element, sent }) => sent && element.contains(focused));
  }

  frame(ask) {
    const element = make("div", "ocm-ask");
    element.setAttribute("role", "group");
    element.tabIndex = -1;
    const title = make("p", "ocm-ask-title", ask.title);
    title.id = newId();
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
      this.answer(element, entry, words, { reply, ...(message ? { message } : {}) });
    const replying = (words, kind, reply) => button(words, kind, () => answer(reply, words));
    const buttons = make("div", "ocm-buttons");
    if (ask.choice?.length) {
      // The user's own doing is confirmed: nobody needs to be told anything.
      const [yes, no] = ask.choice;
      element.classList.add("ocm-confirm");
      buttons.append(replying(yes, "reject", "once"), replying(no, "plain", "reject"));
      element.append(buttons, this.status());
      return element;
    }
    buttons.append(replying("Allow once", "allow", "once"));
    if (ask.always) {
      const always = replying("Always in this notebook", "allow", "always");
      const words = make("p", "ocm-ask-where");
      `${ask.always}; \`/permissions\` takes it back`
        .split("`")
        .forEach((part, i) => words.append(i % 2 ? make("code", "", part) : part));
      describe(always, words);
      element.append(words);
      buttons.append(always);
    }
    buttons.append(replying("Reject once", "reject", "reject"));
    const form = make("form", "ocm-say");
    form.hidden = true;
    const field = textField("What the agent should do instead", "What should the agent do instead?");
    const submit = make("button", "ocm-button ocm-reject", "Reject and send");
    submit.type = "submit";
    form.append(field, submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer("reject", "Reject once", field.value.trim());
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

  status() {
    const line = make("p", "ocm-sent");
    line.setAttribute("role", "status");
    return line;
  }

  answer(element, entry, words, content) {
    const controls = [...element.querySelectorAll("button, input")];
    const line = element.querySelector(".ocm-sent");
    this.send({ k: "answer", ask: entry.id, ...content });
    const focused = element.contains(document.activeElement);
    entry.sent = true;
    controls.forEach((control) => (control.disabled = true));
    if (focused) element.focus({ preventScroll: true }); // a disabled button loses the focus
    line.textContent = `Sent: ${words}`;
    entry.timer = setTimeout(() => {
      entry.sent = false;
      controls.forEach((control) => (control.disabled = false));
      line.textContent = "The kernel has not confirmed this yet. You can answer again.";
    }, UNCONFIRMED_MS);
  }
}
