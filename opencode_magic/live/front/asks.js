const UNCONFIRMED_MS = 15000; // then an answer may be given again

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
