// Draws one running turn. It knows no turns, only the operations of board.py, and it takes HTML from
// `html` operations alone: that has passed the sanitiser. Everything else is text.

const RETRY_MS = [1500, 3000, 6000, 12000]; // until a snapshot comes
const SILENCE_S = 20; // the kernel says something every two seconds while the turn runs

// Blocks out of sight have only a guessed height, so the way there changes while one goes it.
function scrollTo(element, frames = 30, last = NaN) {
  element.scrollIntoView({ block: "nearest" });
  const { top } = element.getBoundingClientRect();
  if (frames > 0 && (frames > 25 || top !== last)) {
    requestAnimationFrame(() => scrollTo(element, frames - 1, top));
  }
}

// The model is made as soon as the kernel opens it, a view only when its cell comes into sight. So
// this tells the kernel that widgets work here, long before anybody may look.
function initialize({ model }) {
  model.send({ k: "hello", nonce: random() });
}

function render({ model, el }) {
  const view = random();
  const send = (content) => {
    const nonce = random();
    model.send({ ...content, view, nonce });
    return nonce;
  };

  const host = model.get("host");
  const root = make("section", host ? `ocm-live ocm-host ocm-id-${host}` : "ocm-live");
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
    const next = asks.next();
    if (!next) return;
    unfold(next);
    next.focus({ preventScroll: true });
    scrollTo(next);
  });
  goto.classList.add("ocm-goto");
  const right = make("span", "ocm-right");
  right.append(time, stop);
  head.append(who, phase, goto, right);
  // JupyterLab's own class for HTML in outputs: the static form that replaces this looks the same.
  const blocks = make("div", "ocm-flow jp-RenderedHTMLCommon");
  blocks.setAttribute("aria-live", "off");
  const asksRoot = make("div", "ocm-asks jp-RenderedHTMLCommon");
  const adding = new Adding(send);
  root.append(head, blocks, asksRoot, adding.element);
  el.append(root);

  // The browser toggles a fold after the click, so the reader's wish is the opposite of what is.
  blocks.addEventListener("click", (event) => {
    const fold = event.target.closest?.("summary")?.parentElement;
    if (fold?.tagName === "DETAILS") fold.dataset.chosen = fold.open ? "closed" : "open";
  });

  // JupyterLab takes letters, arrows and Enter for itself wherever no text is typed: on a control,
  // and in a question, they are the reader's. Its shortcuts with Ctrl and the like go on to it.
  root.addEventListener("keydown", (event) => {
    const held = event.ctrlKey || event.metaKey || event.altKey;
    if (!held && event.target.closest?.("summary, button, a, .ocm-ask, .ocm-word")) event.stopPropagation();
  });

  const flow = new Flow(blocks);
  const asks = new Asks(flow, asksRoot, send);
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
    flow.tick();
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
        stop.hidden = adding.element.hidden = !running;
        root.setAttribute("aria-busy", String(running));
        tick();
        return;
      }
      case "phase":
        phaseWords = op[1];
        phase.textContent = phaseWords;
        return;
      case "ask":
      case "under":
      case "unask":
        asks.apply(op);
        return;
      case "over":
        running = false;
        asks.clear();
        root.classList.add("ocm-over");
        return;
      default:
        flow.apply(op);
    }
  }

  // The focus is never taken from elsewhere, nor from where something is typed; but a reader who
  // answers by keyboard must not lose it, and is led to the next question.
  function applyAll(ops, { reset = false } = {}) {
    const focused = root.contains(document.activeElement) ? document.activeElement : null;
    const before = new Set(asks.shown.keys());
    if (reset) {
      flow.clear();
      asks.keep(new Set(ops.filter(([name]) => name === "ask").map(([, id]) => id)));
    }
    ops.forEach(apply);
    asks.settle();
    const count = asks.shown.size;
    root.classList.toggle("ocm-waits", count > 0);
    const words = count > 1 ? `Show question (${count})` : "Show question";
    if (goto.textContent !== words) goto.textContent = words;
    if (!focused) return;
    const kept = root.contains(focused);
    if (kept && document.activeElement !== focused) focused.focus({ preventScroll: true });
    const fresh = [...asks.shown.values()].find(({ id }) => !before.has(id));
    if (kept && !(fresh && (focused === root || asks.isAnswered(focused)))) return;
    (fresh?.element ?? asks.elements[0] ?? root).focus({ preventScroll: true });
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
    if (message?.added !== undefined) {
      if (message.to === view) adding.arrived(message.added);
      return;
    }
    if (message?.pieces !== undefined) {
      const [id, file, html] = message.pieces;
      if (message.to === view) asks.shown.get(id)?.review?.arrived(file, html);
      return;
    }
    if (message?.snapshot !== undefined) {
      if (message.to !== view) return;
      clearTimeout(retryTimer);
      asking = false;
      retries = 0;
      const chosen = new Map();
      for (const [key, { element }] of flow.blocks) {
        chosen.set(key, [element, ...element.querySelectorAll("details")].map((fold) => fold.dataset.chosen));
      }
      applyAll(message.snapshot, { reset: true });
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
      applyAll(message.ops);
    }
  }

  model.on("msg:custom", onMessage);
  ask("ready");

  return () => {
    model.off("msg:custom", onMessage);
    clearInterval(ticker);
    clearTimeout(retryTimer);
    clearTimeout(stopTimer);
    adding.close();
    asks.clear();
    send({ k: "gone" });
  };
}

export default { initialize, render };
