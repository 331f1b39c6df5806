// The rest of a long text, fetched from the kernel piece by piece.

// In a running turn a gap is numbered within its block, in a finished one within the whole output.
function enhanceCut(cut, call) {
  const name = [...cut.classList].find((one) => /^ocm-cut-\d+$/.test(one));
  const number = Number(name?.slice("ocm-cut-".length));
  const key = cut.closest("[data-ocm-key]")?.dataset.ocmKey ?? "";
  let shown = 0; // characters fetched so far
  const words = cut.firstChild;
  const line = make("span", "ocm-quiet");
  line.setAttribute("role", "status");
  const more = button("Show more", "more", async () => {
    more.disabled = true;
    line.textContent = " waiting for the kernel";
    try {
      const piece = await call({ do: "more", key, number, shown });
      const holder = make("div", "ocm-piece");
      holder.innerHTML = piece.html; // it has passed the sanitiser
      cut.before(holder);
      shown = piece.shown;
      line.textContent = piece.left ? ` ${piece.left}` : "";
      words.remove();
      if (piece.left) more.disabled = false;
      else more.remove();
    } catch (error) {
      line.textContent = ` ${error.message}`;
      more.disabled = false;
    }
  });
  cut.append(" ", more, line);
}
