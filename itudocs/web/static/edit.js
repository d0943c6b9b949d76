// Corrections in their place: a value's form opens beside it, and words selected in the text go into it.
// The form is the one of `/letters/KEY/correct`, and is sent as any form is.

const text = document.getElementById("letter-text");
let open = null;

async function formOf(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.getElementById("correction");
  if (!answer.ok || !found) throw new Error(String(answer.status));
  return document.importNode(found, true);
}

function close() {
  const link = open?.link;
  open?.frame.remove();
  open = null;
  link?.focus();
}

document.addEventListener("click", async (event) => {
  const link = event.target instanceof Element ? event.target.closest("a.edit") : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const same = open?.link === link;
  if (open) close();
  if (same) return;
  try {
    const form = await formOf(link.href);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Leave it";
    button.addEventListener("click", close);
    form.querySelector(".actions").append(button);
    remember(form);
    const row = link.closest("dl > div");
    const frame = document.createElement(row ? "dd" : "div");
    frame.className = "editor";
    frame.append(form);
    (row ?? link.closest("li, .item") ?? link.parentElement).append(frame);
    open = { form, frame, link };
    selected();
    for (const hint of form.querySelectorAll("[data-with-script]")) hint.hidden = false;
    form.querySelector(".field input, .field textarea, .field select")?.focus();
  } catch {
    location.href = link.href;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && open) close();
});

// Who corrects is asked once a session.
function remember(form) {
  for (const field of form.querySelectorAll('input[name="by"]')) {
    field.value ||= sessionStorage.getItem("by") ?? "";
    field.addEventListener("change", () => sessionStorage.setItem("by", field.value));
  }
}

// Characters are counted as the record does: code points, from where each piece of the text begins.
function place(node, offset) {
  const piece = (node instanceof Element ? node : node.parentElement)?.closest("[data-s]");
  if (!piece) return null;
  const range = document.createRange();
  range.selectNodeContents(piece);
  range.setEnd(node, offset);
  return Number(piece.dataset.s) + [...range.toString()].length;
}

function selected() {
  const selection = getSelection();
  if (!open || !selection.rangeCount || selection.isCollapsed) return;
  const range = selection.getRangeAt(0);
  if (!text.contains(range.commonAncestorContainer)) return;
  const start = place(range.startContainer, range.startOffset);
  const end = place(range.endContainer, range.endOffset);
  if (start === null || end === null || start >= end) return;
  open.form.querySelector("[data-start]").value = start;
  open.form.querySelector("[data-end]").value = end;
  open.form.querySelector("[data-quote]").value = range.toString();
}

document.addEventListener("selectionchange", selected);
