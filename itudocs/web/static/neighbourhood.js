/* A picture wider than its frame is shown from the letter that it is of. Without this it begins at the oldest ones. */

const middle = document.querySelector(".drawn .box.middle");
if (middle) {
  const frame = middle.closest(".drawn");
  const inner = middle.getBoundingClientRect();
  const outer = frame.getBoundingClientRect();
  frame.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  frame.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
}
