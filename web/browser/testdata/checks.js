// What the tests ask a page. Each answer is a list of what is wrong, in words.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const style = (e) => getComputedStyle(e);
  const shown = (e) => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length > 0 && !e.closest(".vh");
  const named = (e) => {
    const words = (e.innerText || e.value || e.getAttribute("aria-label") || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""}${[...e.classList].map((c) => "." + c).join("")} “${words}”`;
  };
  const px = (n) => Math.round(n * 10) / 10;

  // Colours, as WCAG 2 compares them.
  const colour = (text) => {
    const n = text.match(/[\d.]+/g)?.map(Number) ?? [];
    if (text.startsWith("color(srgb")) return [n[0] * 255, n[1] * 255, n[2] * 255, n[3] ?? 1];
    return [n[0], n[1], n[2], n[3] ?? 1];
  };
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)].sort((m, n) => n - m);
    return (x + 0.05) / (y + 0.05);
  };
  // What is behind an element: the nearest background that hides what is under it.
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = colour(style(e).backgroundColor);
      if (c[3] === 1) return c;
    }
    return [255, 255, 255, 1];
  };
  // A colour as an attribute of a sign names it, seen where the sign is used.
  const meant = (value, where) => {
    const probe = document.createElement("i");
    where.parentElement.append(probe);
    probe.style.color = value === "currentColor" ? style(where).color : value;
    const c = colour(style(probe).color);
    probe.remove();
    return c;
  };

  const checks = {
    // 2, 3: nothing makes the page wider than the screen.
    wide() {
      const room = innerWidth, wide = document.documentElement.scrollWidth;
      if (wide <= room) return [];
      const scrolled = (e) => { for (; e; e = e.parentElement) if (/auto|scroll|hidden/.test(style(e).overflowX)) return true; };
      const blame = all("body *").filter((e) => e.getBoundingClientRect().right > room + 0.5 && !scrolled(e.parentElement) && !e.closest(".vh"));
      return [`the page is ${wide} px wide on a screen of ${room}: ${blame.slice(-3).map(named).join(", ")}`];
    },
    // 4: no text is cut.
    cut() {
      const wrong = all(".tag, .sev, .btn, th, td, summary, h1, h2, h3, label, legend, nav a, .links a").filter(shown)
        .filter((e) => e.clientWidth > 0 && e.scrollWidth > e.clientWidth)
        .map((e) => `${named(e)} needs ${e.scrollWidth} px and has ${e.clientWidth}`);
      for (const e of all("body *")) if (e.scrollWidth > e.clientWidth && e.type !== "file" && style(e).textOverflow === "ellipsis" && shown(e)) wrong.push(`${named(e)} ends with an ellipsis`);
      return wrong;
    },
    // 5: what can be clicked is large enough.
    small() {
      const running = (e) => style(e).display === "inline" && e.parentElement.innerText.trim() !== e.innerText.trim();
      const wrong = [];
      for (const e of all("a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]")) {
        if (!shown(e) || running(e) || e.classList.contains("skip")) continue;
        let {width, height} = e.getBoundingClientRect();
        for (const label of e.labels ?? []) {
          const r = label.getBoundingClientRect();
          if (/radio|checkbox/.test(e.type)) { width = Math.max(width, r.width); height = Math.max(height, r.height); }
        }
        const least = e.matches(".btn.main") ? 44 : 24;
        if (px(height) < least || px(width) < 24) wrong.push(`${named(e)} is ${px(width)} × ${px(height)} px`);
      }
      return wrong;
    },
    // 6: borders of controls, and signs that carry meaning. (Texts are axe's.)
    faint() {
      const wrong = [], need = (e, what, c, against) => {
        const ratio = contrast(c, against);
        if (ratio < 3) wrong.push(`${named(e)}: ${what} has a contrast of ${ratio.toFixed(2)}`);
      };
      for (const e of all("input:not([type=hidden], [type=radio], [type=checkbox], [type=file]), select, textarea, .btn:not(.main, .quiet), .tag")) {
        if (!shown(e)) continue;
        const border = colour(style(e).borderTopColor);
        if (border[3] === 0) { if (!e.matches(".tag")) wrong.push(`${named(e)} has no border`); continue; }
        need(e, "the border", border, behind(e.parentElement));
      }
      for (const e of all(".btn.main").filter(shown)) need(e, "the fill", colour(style(e).backgroundColor), behind(e.parentElement));
      for (const use of all("svg > use")) {
        const svg = use.parentElement, symbol = document.querySelector(use.getAttribute("href"));
        if (!svg.checkVisibility() || !symbol) continue;
        let under = behind(svg);
        for (const shape of symbol.children) {
          const fill = shape.getAttribute("fill") ?? "none", stroke = shape.getAttribute("stroke") ?? "none";
          for (const [what, value] of [["the fill", fill], ["the stroke", stroke]]) if (value !== "none") need(svg, `${what} of ${symbol.id}`, meant(value, svg), under);
          if (fill !== "none") under = meant(fill, svg);
        }
      }
      return wrong;
    },
    // 16, and abuse case B24: nothing of a page runs, styles, posts or loads but what is ours.
    smuggled() {
      const wrong = [];
      for (const e of all("*")) for (const a of e.attributes) {
        if (/^(on|hx-on)/i.test(a.name) || /^hx-/.test(a.name) && /^(js|javascript):/.test(a.value)) wrong.push(`${named(e)} has a handler ${a.name}`);
        if (a.name === "style" && a.value) wrong.push(`${named(e)} has a style of its own`);
        if (/^hx-(get|post|put|patch|delete)$|^data-drafts$/.test(a.name) && new URL(a.value, location.href).origin !== location.origin) wrong.push(`${named(e)} asks ${a.value}`);
        if (/^(href|src|action|formaction|xlink:href|data|srcdoc|poster)$/.test(a.name)) {
          const scheme = a.value.replace(/[\u0000-\u0020]/g, "").toLowerCase();
          if (/^(javascript|vbscript|data):/.test(scheme)) wrong.push(`${named(e)}: ${a.name} is ${a.value}`);
        }
      }
      for (const e of all("script, link, img, iframe, object, embed, audio, video, source, style, base, meta[http-equiv]")) {
        const from = e.getAttribute("src") ?? e.getAttribute("href") ?? e.getAttribute("data");
        const ours = /^(SCRIPT|LINK)$/.test(e.tagName) && from !== null && new URL(from, location.href).origin === location.origin;
        if (!ours) wrong.push(`${named(e)} is on the page`);
      }
      for (const f of document.forms) if (new URL(f.getAttribute("action") ?? "", location.href).origin !== location.origin) wrong.push(`a form posts to ${f.getAttribute("action")}`);
      return wrong;
    },
    // Everything a pointer or a loading picture would set off.
    touch() {
      for (const e of all("main *")) for (const kind of ["mouseover", "pointerenter", "focus", "error", "load", "toggle", "animationstart"]) e.dispatchEvent(new Event(kind));
      return true;
    },
    // 22: a whole page.
    whole() {
      const wrong = [], h1 = all("h1").filter(shown).length;
      if (h1 !== 1) wrong.push(`${h1} h1`);
      if (!document.title.trim()) wrong.push("no title");
      if (!document.querySelector("main, [role=main]")) wrong.push("no main");
      if (all(".btn.main").filter(shown).length > 1) wrong.push(`more than one filled button: ${all(".btn.main").filter(shown).map(named).join(", ")}`);
      return wrong;
    },
    // 22: what scripts ask for is a whole page too, for scripts and for people.
    async alone() {
      const wrong = [];
      for (const e of all("[hx-get], [hx-push-url^='/']")) for (const asked of [{}, {"HX-Request": "true"}]) {
        const at = e.getAttribute("hx-get") ?? e.getAttribute("hx-push-url");
        const answer = await fetch(at, {headers: asked});
        if (answer.status === 204) continue; // a page that asks by itself hears nothing when nothing is
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (page.querySelectorAll("h1").length !== 1 || !page.title || !page.querySelector("main")) wrong.push(`${at} alone is no whole page`);
      }
      return wrong;
    },
    // 34: the path has one place where the request stands.
    path() {
      const wrong = [];
      for (const list of all("ol.path")) {
        const steps = [...list.children], here = steps.filter((s) => s.getAttribute("aria-current") === "step");
        if (here.length !== 1) wrong.push(`${here.length} steps are the current one`);
        const counted = steps.filter((s) => /\bat-(done|now|next)\b/.test(s.className)).length;
        if (counted !== steps.length || steps.length < 2 || steps.length > 7) wrong.push(`${counted} of ${steps.length} steps say whether they are done`);
        if (here[0] && !here[0].querySelector("small")) wrong.push("the current step does not say so in words");
        for (const s of steps) if (!s.querySelector("svg use") || !s.innerText.trim()) wrong.push(`the step ${named(s)} lacks its sign or words`);
      }
      return wrong;
    },
    // 36: dates.
    dates(months) {
      const wrong = [];
      for (const t of all("time")) {
        if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/.test(t.dateTime)) wrong.push(`${named(t)} has datetime ${t.dateTime}`);
        const text = t.textContent;
        if (t.closest(".events")?.closest("section").querySelector("h3 time")) continue; // the day stands above its hours
        if (!/\b\d{4}\b/.test(text) || !months.some((m) => text.includes(m))) wrong.push(`“${text}” is no whole date in the page's language`);
      }
      // An instant outside a time element: 2026-11-25, 14:05, 25/11/2026.
      for (const [text, e] of checks.own()) if (/\d{4}-\d\d-\d\d(?!\d)|\b\d\d?\/\d\d?\/\d{4}\b|\b\d\d:\d\d\b/.test(text) && !e.closest("time")) wrong.push(`a bare date: “${text}”`);
      return wrong;
    },
    // The texts of the page that are our own words, with their elements: not
    // what people wrote, what things are called, or another language's name.
    own() {
      const list = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let n = walker.nextNode(); n; n = walker.nextNode()) {
        const e = n.parentElement;
        if (n.data.trim() && !e.closest("script, style, textarea, [lang]:not(html)")) list.push([n.data, e]);
      }
      for (const e of all("[aria-label], [title], [placeholder], [alt], [data-busy], [data-kept], [data-lost], [data-l]")) {
        for (const a of ["aria-label", "title", "placeholder", "alt", "data-busy", "data-kept", "data-lost", "data-l"]) if (e.getAttribute(a)) list.push([e.getAttribute(a), e]);
      }
      return list;
    },
    texts() { return [document.title, ...checks.own().map(([text]) => text)]; },
    // 38: status and severity are told by a sign and by words, not by colour alone.
    signs() {
      const wrong = [], drawn = new Map();
      for (const s of all("symbol")) {
        if (!s.children.length) wrong.push(`the sign ${s.id} is empty`);
        if (s.id.startsWith("g-") && drawn.has(s.innerHTML)) wrong.push(`the signs ${s.id} and ${drawn.get(s.innerHTML)} look the same`);
        drawn.set(s.innerHTML, s.id);
      }
      for (const e of all(".tag, .sev")) {
        const use = e.querySelector("svg use");
        if (!use || !document.querySelector(use.getAttribute("href"))) wrong.push(`${named(e)} has no sign`);
        if (!e.textContent.trim()) wrong.push(`${named(e)} has no words`);
      }
      return wrong;
    },
    // 39: on paper there is nothing to press.
    paper() {
      const wrong = all("nav, form, button, .btn, input:not([type=hidden]), summary::before").filter(shown).map((e) => `${named(e)} is printed`);
      for (const e of all("thead")) if (style(e).display !== "table-header-group") wrong.push("a table's head does not repeat");
      return wrong.concat(checks.wide());
    },
    // 40: nothing moves for who asked for that; shapes hold without colours.
    moving() { return document.getAnimations().map((a) => `${a.animationName ?? "something"} moves`); },
    shapeless() {
      return all(".tag, .btn").filter(shown).filter((e) => style(e).borderTopStyle === "none" || parseFloat(style(e).borderTopWidth) === 0).map((e) => `${named(e)} has no border`);
    },
    // Every piece that unfolds, unfolded.
    unfold() { for (const d of all("details")) d.open = true; return all("details").length; },
    // The WCAG 1.4.12 text spacing.
    spaced(on) {
      if (on) {
        checks.sheet ??= new CSSStyleSheet();
        checks.sheet.replaceSync("*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}");
      }
      document.adoptedStyleSheets = on ? [checks.sheet] : [];
      return true;
    },
    // 8, 9, 10: where the focus is.
    stop() {
      const e = document.activeElement;
      if (!e || e === document.body || e === document.documentElement) return null;
      checks.last = e;
      const rects = [...e.getClientRects()].filter((r) => r.width && r.height), r = e.getBoundingClientRect(), at = rects[0] ?? r;
      // In the middle of what the window shows of it: a table may be taller than the window.
      const above = Math.max(at.top, 0), below = Math.min(at.bottom, innerHeight);
      const top = above < below ? document.elementFromPoint(Math.min(Math.max(at.x + at.width / 2, 0), innerWidth - 1), (above + below) / 2) : null;
      const free = !!top && (top === e || e.contains(top) || top.contains(e) && !/fixed|sticky/.test(style(top).position) || [...(e.labels ?? [])].some((l) => l.contains(top)));
      const s = style(e), ring = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 && contrast(colour(s.outlineColor), behind(e.parentElement)) >= 3;
      return {name: named(e), kind: e.tagName + "." + [...e.classList].sort().join("."), skip: e.classList.contains("skip"), free, ring,
        x: r.x, y: r.y, width: r.width, height: r.height, pageX: r.x + scrollX, pageY: r.y + scrollY,
        sticky: !!e.closest(".sticky")};
    },
    // 8: what stands later in the page stands later to the eye, in its column.
    order() {
      const wrong = [];
      let before = null;
      for (const e of all("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")) {
        if (!shown(e) || e.closest(".sticky, .skip") || e.type === "radio") continue;
        const r = e.getBoundingClientRect();
        if (before) {
          const above = r.bottom <= before.r.top + 1, beside = innerWidth >= 960 && r.left >= before.r.right - 1;
          const back = r.top < before.r.bottom - 1 && r.bottom > before.r.top + 1 && r.right <= before.r.left + 1;
          if (above && !beside || back) wrong.push(`the focus goes from ${named(before.e)} back to ${named(e)}`);
        }
        before = {e, r};
      }
      return wrong;
    },
    // As who comes from the address bar, wherever the page has put the focus.
    begin() { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute("tabindex"); return true; },
    leave() { checks.last?.blur(); return true; },
  };
  window.checks = checks;
  return true;
})()
