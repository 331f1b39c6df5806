// The form of what the agent asks: a group of choices for each question, and words of one's own. A
// single question with a single choice is answered by its buttons at once.
class Form {
  constructor(asks, entry, ask) {
    this.asks = asks;
    this.entry = entry;
    this.name = random();
    this.element = asks.frame(ask);
    this.total = ask.questions.length;
    const [only] = ask.questions;
    this.direct = this.total === 1 && !only.multiple;
    const form = make("form", "ocm-questions");
    form.noValidate = true; // our own words say what is missing, to screen readers too
    this.fields = ask.questions.map((question, number) => this.question(question, number));
    const buttons = make("div", "ocm-buttons");
    if (!this.direct || only.custom) {
      const submit = make("button", "ocm-button ocm-allow", "Send answer");
      submit.type = "submit";
      buttons.append(submit);
    }
    buttons.append(
      button("Do not answer", "reject", () =>
        asks.answer(this.element, entry, "Do not answer", { reply: "reject" })
      )
    );
    form.append(...this.fields.map(({ set }) => set), buttons);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.element.append(form, asks.status());
  }

  question(question, number) {
    const set = make("fieldset", "ocm-question");
    const legend = make("legend", "", question.question);
    if (this.total > 1) {
      // The header of an only question is the title already.
      const header = question.header ? `${question.header}: ` : "";
      legend.prepend(make("span", "ocm-ask-where", `Question ${number + 1} of ${this.total} `), make("strong", "", header));
    }
    const error = make("p", "ocm-error");
    error.setAttribute("role", "alert");
    set.append(legend);
    const field = { set, error, boxes: [], own: null, multiple: question.multiple };
    for (const option of question.options) set.append(this.option(option, field, number));
    if (question.custom) set.append(this.own(question, field, number));
    if (question.multiple) legend.append(make("span", "ocm-ask-where", " (more than one may be chosen)"));
    set.append(error);
    return field;
  }

  option(option, field, number) {
    const about = option.description ? make("span", "ocm-ask-where", option.description) : null;
    if (this.direct) {
      const row = make("p", "ocm-option");
      const choose = button(option.label, "allow", () => this.reply([[option.value]]));
      row.append(choose);
      if (about) {
        describe(choose, about);
        row.append(about);
      }
      return row;
    }
    const row = make("label", "ocm-option");
    const box = this.box(field, number);
    const label = make("span", "", option.label);
    label.id = newId();
    box.setAttribute("aria-labelledby", label.id); // or the description would be part of the name
    box.value = option.value;
    row.append(box, label);
    if (about) {
      describe(box, about);
      row.append(about);
    }
    field.boxes.push(box);
    return row;
  }

  // Words of one's own are a choice like the others, and writing them chooses it.
  own(question, field, number) {
    const words = question.options.length ? "Another answer" : "Your answer";
    const text = textField(`${words}: ${question.question}`, words);
    field.own = { text, box: null };
    const row = make("div", "ocm-option");
    if (!this.direct && question.options.length) {
      const box = (field.own.box = this.box(field, number));
      box.setAttribute("aria-label", words);
      text.addEventListener("input", () => (box.checked = text.value.trim() !== ""));
      row.append(box);
    }
    row.append(text);
    return row;
  }

  box(field, number) {
    const box = make("input");
    box.type = field.multiple ? "checkbox" : "radio";
    box.name = `${this.name}-${number}`;
    return box;
  }

  // The labels chosen for a question, words of one's own among them.
  chosen({ boxes, own }) {
    const labels = boxes.filter((box) => box.checked).map((box) => box.value);
    const words = own && (own.box?.checked ?? true) ? own.text.value.trim() : "";
    return words ? [...labels, words] : labels;
  }

  submit() {
    const answers = this.fields.map((field) => this.chosen(field));
    const missing = this.fields.filter((field, i) => {
      const words = answers[i].length ? "" : this.missing(field);
      if (field.error.textContent !== words) field.error.textContent = words;
      if (words) describe(field.set, field.error);
      else field.set.removeAttribute("aria-describedby");
      return words;
    });
    if (missing.length) {
      const [{ boxes, own }] = missing;
      (own?.box?.checked || !boxes.length ? own.text : boxes[0]).focus();
    } else this.reply(answers);
  }

  missing({ boxes, own, set }) {
    const none = !boxes.length && !set.querySelector("button");
    if (own?.box?.checked || none) return "Write your answer.";
    return own ? "Choose an answer, or write one." : "Choose an answer.";
  }

  reply(answers) {
    this.asks.answer(this.element, this.entry, answers.flat().join(", "), { reply: "answer", answers });
  }
}
