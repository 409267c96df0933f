// What pages gain with a script: a form is sent once, and what is typed is kept
// on the server. Everything works without it.
(() => {
  "use strict";
  // A second click while a form is under way sends nothing.
  addEventListener("submit", (e) => {
    const form = e.target;
    if (form.method !== "post" || e.defaultPrevented) return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = "1";
    clearTimeout(waits.get(form)); // what is sent is no draft any more
    const button = e.submitter;
    // After the browser has read the form: a disabled button is not sent.
    setTimeout(() => { if (button && button.dataset.busy) { button.textContent = button.dataset.busy; button.setAttribute("aria-disabled", "true"); } });
  });
  addEventListener("pageshow", () => { for (const f of document.forms) delete f.dataset.sent; });

  // Where the navigation is cut, the page the reader is on is in sight.
  const nav = document.querySelector(".top nav"), here = nav && nav.querySelector("[aria-current]");
  if (here) nav.scrollLeft += here.getBoundingClientRect().left - nav.getBoundingClientRect().left - (nav.clientWidth - here.offsetWidth) / 2;

  // Drafts: a second after the last key.
  const waits = new Map();
  addEventListener("input", (e) => {
    const form = e.target.form;
    if (!form || !form.dataset.draft) return;
    clearTimeout(waits.get(form));
    waits.set(form, setTimeout(() => keep(form), 1000));
  });
  async function keep(form) {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    const [about, kind] = form.dataset.draft.split("/");
    body.set("about", about);
    body.set("kind", kind);
    const said = form.querySelector("[data-kept]");
    try {
      const answer = await fetch(form.dataset.drafts, {method: "POST", body, credentials: "same-origin"});
      if (said) said.textContent = answer.ok ? said.dataset.kept : said.dataset.lost;
    } catch { if (said) said.textContent = said.dataset.lost; }
  }

  // What only a script can do is offered only with one.
  for (const b of document.querySelectorAll("[data-print]")) { b.hidden = false; b.addEventListener("click", () => print()); }
  // Ctrl-K opens the list of commands, a page like any other.
  addEventListener("keydown", (e) => {
    const go = document.querySelector("[data-go]");
    if (!go || e.key !== "k" || !(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey) return;
    e.preventDefault();
    go.click();
  });

  // Single keys, outside fields, where the profile has them on.
  addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey || e.target.closest("input,textarea,select,[contenteditable]") || !document.body.dataset.keys) return;
    if (e.key === "j" || e.key === "k") return move(e, e.key === "j" ? 1 : -1);
    const to = document.querySelector(`[data-key="${CSS.escape(e.key)}"]`);
    if (!to) return;
    e.preventDefault();
    if (to.tagName === "DETAILS") to.open = true;
    if (to.matches("details,div")) { (to.querySelector("textarea,select,input:not([type=hidden])") || to).focus(); } else { to.focus(); to.click(); }
  });

  // The rows of a list: j and k move, and who comes back is at the row they left.
  const rows = () => [...document.querySelectorAll("[data-row]")];
  function move(e, by) {
    const all = rows(), at = all.indexOf(document.activeElement);
    const to = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
    if (!to) return;
    e.preventDefault();
    to.focus();
  }
  addEventListener("click", (e) => {
    const row = e.target.closest("[data-row]");
    if (row) history.replaceState(history.state, "", "#" + row.id);
  });
  addEventListener("pageshow", () => { const row = rows().find((r) => "#" + r.id === location.hash); if (row) row.focus(); });
})();
