// The small box under a running turn: a word for the agent, which it reads after its present step.
// What was typed stays until the kernel has it.
class Adding {
  constructor(send) {
    this.send = send;
    this.field = textField("Add a word; the agent reads it after its present step", "Add a word…");
    this.button = make("button", "ocm-button", "Send");
    this.button.type = "submit";
    this.status = make("span", "ocm-sent");
    this.status.setAttribute("role", "status");
    this.element = make("form", "ocm-word");
    this.element.hidden = true;
    this.element.append(this.field, this.button, this.status);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  submit() {
    if (!this.field.value.trim() || this.nonce) return;
    this.nonce = this.send({ k: "add", text: this.field.value });
    this.field.readOnly = this.button.disabled = true;
    this.status.textContent = "Sending";
    this.timer = setTimeout(() => {
      this.free();
      this.status.textContent = "The kernel has not confirmed this yet. You can send it again.";
    }, UNCONFIRMED_MS);
  }

  arrived(nonce) {
    if (nonce !== this.nonce) return;
    clearTimeout(this.timer);
    this.free();
    this.field.value = "";
    this.status.textContent = "Sent: it is read after this step";
  }

  free() {
    this.nonce = "";
    this.field.readOnly = this.button.disabled = false;
  }

  close() {
    clearTimeout(this.timer);
  }
}
