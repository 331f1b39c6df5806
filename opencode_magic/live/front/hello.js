// Says that widgets work on this page. The model is made as soon as the kernel opens it, so nothing
// need be shown for that.

function initialize({ model }) {
  model.send({ k: "hello", nonce: Math.random().toString(36).slice(2) });
}

export default { initialize };
