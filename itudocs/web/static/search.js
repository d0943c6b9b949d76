/* Sharpens the search page: completions while a query is typed, bars that can be dragged across, facet values that are
   looked for while typing, the place on the page kept when a facet is chosen. Without it everything is links and forms. */

/* --- completions: a combobox with a list (WAI-ARIA Authoring Practices, "Editable Combobox With List Autocomplete") --- */

function completing(input) {
  const list = document.createElement("ul");
  list.className = "completions";
  list.id = "completions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Completions");
  input.after(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);

  let found = [];
  let at = -1;
  let typed = input.value;
  let timer = 0;
  let asking = null;

  const close = () => {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (to) => {
    at = to;
    [...list.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
    input.value = at < 0 ? typed : found[at].query;
  };
  const take = (completion) => {
    typed = completion.kind === "field" ? completion.query : `${completion.query} `;
    close();
    input.value = typed;
    input.focus();
    if (completion.kind === "field") ask();
  };
  const show = (completions) => {
    found = completions;
    at = -1;
    list.replaceChildren(...found.map((completion, n) => {
      const option = document.createElement("li");
      option.id = `completion-${n}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const words = document.createElement("bdi");
      words.textContent = completion.query;
      const count = document.createElement("span");
      count.className = "soft";
      count.textContent = completion.letters === null ? "field" : `${completion.letters.toLocaleString("en")} letter${completion.letters === 1 ? "" : "s"}`;
      option.append(words, " ", count);
      option.addEventListener("mousedown", (event) => { event.preventDefault(); take(completion); });
      return option;
    }));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    input.removeAttribute("aria-activedescendant");
  };
  async function ask() {
    asking?.abort();
    const here = (asking = new AbortController());
    const query = input.value;
    if (!query.trim() || query.endsWith(" ")) return close();
    try {
      const answer = await fetch(`/complete.json?q=${encodeURIComponent(query)}`, { signal: here.signal });
      if (!answer.ok) return close();
      const { completions } = await answer.json();
      if (here === asking && document.activeElement === input) {
        show(completions.filter((completion) => completion.query !== query));
      }
    } catch (fault) {
      if (fault.name !== "AbortError") close();
    }
  }
  input.addEventListener("input", () => {
    typed = input.value;
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const open = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return void ask();
      /* what is still being asked would take the choice away */
      clearTimeout(timer);
      asking?.abort();
      const by = event.key === "ArrowDown" ? 1 : -1;
      mark(((at + 1 + by + found.length + 1) % (found.length + 1)) - 1);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      input.value = typed;
      close();
    } else if ((event.key === "Enter" || event.key === "Tab") && open && at >= 0) {
      if (event.key === "Enter") event.preventDefault();
      take(found[at]);
    } else if (event.key === "Enter") close();
  });
}

/* --- bars that are dragged across --- */

/* Milliseconds after which a finger that rests on a bar drags, and no longer scrolls; the system's own menu comes later. */
const HOLD = 300;
const SLIP = 8;
const EDGE = 20;

function brushing(bars) {
  const every = [...bars.children];
  const form = bars.parentElement.querySelector("form.dates");
  let from = -1;
  let to = -1;
  let start = null;
  let holding = 0;
  const under = (event) => every.findIndex((bar) => {
    const box = bar.getBoundingClientRect();
    return event.clientX >= box.left && event.clientX < box.right;
  });
  const draw = () => every.forEach((bar, n) => {
    const shown = from >= 0 && (to !== from || holding);
    bar.classList.toggle("brushed", shown && n >= Math.min(from, to) && n <= Math.max(from, to));
  });
  const begin = (at) => { from = to = at; draw(); };
  const stop = () => { clearTimeout(holding); holding = 0; begin(-1); };

  /* Where all bars fit, a finger that goes across brushes, and one that goes up or down scrolls the page (`touch-action`).
     Where they do not, going across scrolls them, and brushing begins with holding. */
  new ResizeObserver(() => bars.classList.toggle("fits", bars.scrollWidth <= bars.clientWidth)).observe(bars);

  bars.addEventListener("dragstart", (event) => event.preventDefault());
  bars.addEventListener("contextmenu", (event) => { if (from >= 0) event.preventDefault(); });
  bars.addEventListener("touchmove", (event) => { if (from >= 0 && holding) event.preventDefault(); }, { passive: false });
  bars.addEventListener("pointerdown", (event) => {
    stop();
    if (event.button !== 0 || !event.isPrimary) return;
    start = event;
    const at = under(event);
    if (event.pointerType !== "touch" || bars.classList.contains("fits")) begin(at);
    else holding = setTimeout(begin, HOLD, at);
  });
  document.addEventListener("pointermove", (event) => {
    if (from < 0) {
      if (holding && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > SLIP) stop();
      return;
    }
    const { left, right } = bars.getBoundingClientRect();
    if (event.clientX < left + EDGE) bars.scrollLeft -= EDGE;
    if (event.clientX > right - EDGE) bars.scrollLeft += EDGE;
    const now = under(event);
    if (now >= 0 && now !== to) { to = now; draw(); }
  });
  document.addEventListener("pointercancel", stop);
  document.addEventListener("pointerup", () => {
    const [first, last] = [Math.min(from, to), Math.max(from, to)];
    if (first === last) return stop();
    clearTimeout(holding);
    /* the click that ends a drag opens no bar */
    bars.addEventListener("click", (event) => event.preventDefault(), { once: true, capture: true });
    from = -1;
    form.elements.from.value = every[first].dataset.since;
    form.elements.to.value = every[last].dataset.until;
    form.requestSubmit();
  });
  addEventListener("pageshow", stop);  /* come back to, the page is as it was left */
  const last = [...bars.querySelectorAll(".bar.chosen")].at(-1) ?? every.at(-1);
  if (bars.scrollWidth > bars.clientWidth) bars.scrollLeft = last.offsetLeft + last.offsetWidth - bars.clientWidth;
}

/* --- facets: values are looked for while typing, and the place on the page is kept --- */

function looking(input) {
  const values = [...input.closest(".panel").querySelectorAll(".value")];
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  input.addEventListener("input", () => {
    const sought = plain(input.value.trim());
    for (const value of values) value.hidden = !plain(value.textContent).includes(sought);
  });
}

const PLACE = "itudocs.place";

function keepingPlace() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
    sessionStorage.removeItem(PLACE);
    if (kept && kept.to === location.href) {
      scrollTo(0, kept.y);
      const again = [...document.querySelectorAll(".value .name, .value del")].find((name) => name.textContent === kept.name);
      again?.closest("a").focus({ preventScroll: true });
    }
    document.querySelector(".panels")?.addEventListener("click", (event) => {
      const link = event.target.closest(".value a");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const name = link.closest(".value").querySelector(".name, del")?.textContent;
      sessionStorage.setItem(PLACE, JSON.stringify({ to: link.href, y: scrollY, name }));
    });
  } catch { /* storage that is not allowed: the page begins at its top */ }
}

document.querySelectorAll("#q").forEach(completing);
document.querySelectorAll("[data-brush]").forEach(brushing);
document.querySelectorAll("[data-find]").forEach(looking);
keepingPlace();
