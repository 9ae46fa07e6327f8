// Keys, focus and scrolling of the chat. It changes no text: all of it comes from the server, escaped.
() => {
  const PATIENCE = 2000;  // ms
  const box = () => document.querySelector("#question textarea");
  const narrow = () => window.matchMedia("(max-width: 860px)").matches;
  const calm = () => (window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");
  const running = () => document.querySelector("#live .turn[aria-busy=true]") !== null;
  const panelOpen = () => document.body.classList.contains("panel-open");
  let cameFrom = null;  // where the focus goes back to when the article is closed
  let recalled = -1;  // how many questions back the box stands; -1: it holds what was typed

  const write = (text) => {
    const area = box();
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const asked = () => {
    recalled = -1;
    if (!narrow()) box()?.focus({ preventScroll: true });
    requestAnimationFrame(() => {
      const scroller = document.querySelector("#scroll");
      const turn = document.querySelector("#live .turn, #live .notice");
      if (!scroller || !turn) return;
      const gap = turn.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
      scroller.scrollTo({ top: scroller.scrollTop + gap, behavior: calm() });
    });
  };

  const adding = () => document.body.classList.contains("adding-open");

  const opened = () => {
    if (adding()) return;
    const panel = document.querySelector("#side .paper, #side .shelf");
    if (!panel) return;
    const text = panel.querySelector(".text");
    const mark = panel.querySelector("mark.active");
    if (mark) {
      const gap = mark.getBoundingClientRect().top - text.getBoundingClientRect().top;
      text.scrollTo({ top: text.scrollTop + gap - text.clientHeight / 3, behavior: "auto" });
    } else if (text) {
      text.scrollTop = 0;
    }
    if (panelOpen()) panel.querySelector("h2")?.focus({ preventScroll: true });
  };

  const open = (from) => {
    if (from && !from.closest("#side")) cameFrom = from;
    document.body.classList.add("panel-open");
  };

  const close = () => {
    document.body.classList.remove("panel-open");
    (cameFrom?.isConnected ? cameFrom : box())?.focus({ preventScroll: true });
    cameFrom = null;
  };

  const ask = (question) => {
    write(question);
    // The text box tells Gradio of its new value in the next frame; only then is it what gets sent.
    requestAnimationFrame(() => setTimeout(() => document.querySelector("#ask")?.click(), 30));
  };

  const copy = async (button) => {
    const text = button.dataset.copy;
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
    }
    const name = button.textContent;
    button.textContent = done ? "Copied" : "Copying is blocked here";
    setTimeout(() => { button.textContent = name; }, 2000);
  };

  const hand = (text, type, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  // The whole conversation as a file, made on the server.
  const save = (element) => {
    const file = element.querySelector("[data-file]")?.dataset;
    if (file) hand(file.text, `${file.type};charset=utf-8`, file.file);
  };

  // What the server kept of a person's word on an answer is shown below that answer.
  const judged = (element) => {
    const told = element.querySelector("[data-judged]");
    const turn = told && document.querySelector(`#talk .turn[data-turn="${told.dataset.judged}"]`);
    if (!turn) return;
    if ("verdict" in told.dataset) {
      for (const button of turn.querySelectorAll("[data-judge]")) {
        button.setAttribute("aria-pressed", String(button.dataset.judge === told.dataset.verdict));
      }
    }
    turn.querySelector(".kept").textContent = told.textContent;
  };

  const recall = (step) => {
    const past = [...document.querySelectorAll("#past .question, #live .question")].reverse();
    const next = recalled + step;
    if (next < -1 || next >= past.length) return;
    recalled = next;
    write(next === -1 ? "" : past[next].textContent);
  };

  const inBox = (event) => {
    const area = event.target;
    if (event.key === "ArrowUp" && (area.value === "" || recalled >= 0)) {
      event.preventDefault();
      recall(1);
    } else if (event.key === "ArrowDown" && recalled >= 0) {
      event.preventDefault();
      recall(-1);
    } else if (event.key.length === 1) {
      recalled = -1;
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
      else if (running()) document.querySelector("#stop")?.click();
      else if (adding()) document.querySelector("#adding [data-adding=close]")?.click();
      else if (panelOpen()) document.querySelector("#side [data-close]")?.click();
      return;
    }
    if (event.target.closest?.("#question")) { inBox(event); return; }
    if (event.target.closest?.("input, textarea, select") || document.body.classList.contains("evaluating")) return;
    if (event.key === "[" || event.key === "]") {
      document.querySelector(`#side .step[data-key="${event.key}"]:not(:disabled)`)?.click();
    } else if (event.key === "/") {
      event.preventDefault();
      box()?.focus();
    }
  });

  // The form for adding articles lies over the side panel.
  const showForm = (shown, from) => {
    if (shown) open(from);
    document.body.classList.toggle("adding-open", shown);
    if (shown) document.querySelector("#adding h2")?.focus({ preventScroll: true });
    else document.querySelector(narrow() ? "#side .shelf h2" : "#side [data-adding=open]")?.focus();
  };

  // The first press asks, a second one within four seconds removes.
  const remove = (button, trigger) => {
    if (button.dataset.sure) { button.disabled = true; trigger("submit", { remove: button.dataset.remove }); return; }
    const [name, label] = [button.textContent, button.ariaLabel];
    button.dataset.sure = "1";
    button.textContent = button.ariaLabel = "Really remove?";
    setTimeout(() => { delete button.dataset.sure; button.textContent = name; button.ariaLabel = label; }, 4000);
  };

  const upload = async (files, note, most) => {
    note.hidden = false;
    const [paths, failed] = [[], []];
    for (const file of files) {
      if (file.size > most) { failed.push({ name: file.name, reason: "large" }); continue; }
      const body = new FormData();
      body.append("files", file);
      try {
        const answer = await fetch(new URL("gradio_api/upload", document.baseURI), { method: "POST", body });
        if (!answer.ok) throw new Error(answer.statusText);
        paths.push((await answer.json())[0]);
      } catch {
        failed.push({ name: file.name, reason: "broken" });
      }
    }
    note.hidden = true;
    return { paths, failed };
  };
  const add = async (files, trigger) => {
    const arrived = await upload(files, document.querySelector("#form .uploading"), 50_000_000);
    trigger("submit", { add: "files", ...arrived });
  };

  // Returns true, so that whoever calls before this script is there can tell and try again.
  const takes = (element, trigger) => {
    element.addEventListener("change", async (event) => {
      if (!("files" in event.target.dataset) || !event.target.files.length) return;
      const files = [...event.target.files];
      event.target.value = "";
      await add(files, trigger);
    });
    element.addEventListener("submit", (event) => {
      const form = event.target.closest("form[data-add]");
      if (!form) return;
      event.preventDefault();
      event.stopPropagation();
      trigger("submit", { add: form.dataset.add, ...Object.fromEntries(new FormData(form)) });
      form.reset();
    });
    for (const type of ["dragover", "dragleave", "drop"]) {
      element.addEventListener(type, (event) => {
        event.preventDefault();
        element.querySelector(".drop")?.classList.toggle("over", type === "dragover");
        if (type === "drop" && event.dataTransfer?.files.length) add([...event.dataTransfer.files], trigger);
      });
    }
    return true;
  };

  // The chat, or the evaluation; the conversation stays as it is behind it.
  const view = (name) => {
    document.body.classList.toggle("evaluating", name === "evaluation");
    viewed();
    if (name === "evaluation") {
      document.querySelector("#evaluation h2")?.focus({ preventScroll: true });
    } else if (!narrow()) {
      box()?.focus({ preventScroll: true });
    }
  };
  const viewed = () => {
    const name = document.body.classList.contains("evaluating") ? "evaluation" : "chat";
    for (const button of document.querySelectorAll("[data-view]")) {
      if (button.dataset.view === name) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
  };

  // A menu closes when something in it was pressed, or something else.
  const shut = (target) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (target.closest("button") || !menu.contains(target)) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => shut(event.target));

  // The evaluation: a file of questions is chosen or dropped, or a run to compare with.
  const measures = (element, trigger) => {
    const start = async (files) => {
      const arrived = await upload([...files].slice(0, 1), element.querySelector(".uploading"), 20_000_000);
      trigger("submit", { path: arrived.paths[0] ?? "" });
    };
    element.addEventListener("change", async (event) => {
      if ("compare" in event.target.dataset && event.target.value) {
        trigger("click", { compare: event.target.value, run: event.target.dataset.compare });
      } else if ("questions" in event.target.dataset && event.target.files.length) {
        const files = [...event.target.files];
        event.target.value = "";
        await start(files);
      }
    });
    for (const type of ["dragover", "dragleave", "drop"]) {
      element.addEventListener(type, (event) => {
        if (!event.target.closest(".drop")) return;
        event.preventDefault();
        element.querySelector(".drop").classList.toggle("over", type === "dragover");
        if (type === "drop" && event.dataTransfer?.files.length) start(event.dataTransfer.files);
      });
    }
    return true;
  };
  const measured = (element) => {
    element.scrollIntoView({ block: "start", behavior: calm() });
    element.querySelector("h3")?.focus({ preventScroll: true });
  };

  // What a press inside one of our parts means; `trigger` sends it to the server.
  const pressed = (event, trigger) => {
    const target = event.target.closest("[data-turn][data-cite], [data-near], [data-article], [data-close], " +
      "[data-adding], [data-remove], [data-reload], [data-save], [data-library], [data-scope], [data-question], " +
      "[data-correct], [data-copy], [data-judge], [data-forget], [data-view], [data-start], [data-run], [data-report]");
    if (!target || target.disabled) return;
    event.preventDefault();
    const data = target.dataset;
    shut(target);
    if ("copy" in data) { copy(target); return; }
    if ("save" in data) { trigger("download", { save: data.save }); return; }
    if ("judge" in data) { trigger("like", { judge: data.judge, turn: data.turn }); return; }
    if ("forget" in data) { trigger("delete", { forget: "1" }); box()?.focus({ preventScroll: true }); return; }
    if ("view" in data) { view(data.view); if (data.view === "evaluation") trigger("expand", {}); return; }
    if ("start" in data) { trigger("submit", { start: data.start }); return; }
    if ("run" in data) { trigger("click", { run: data.run, what: data.what }); return; }
    if ("report" in data) { hand(document.querySelector("#evalresult iframe").srcdoc, "text/html", data.report); return; }
    if ("question" in data) { ask(data.question); return; }
    if ("correct" in data) { write(data.correct); box()?.focus(); return; }
    if ("adding" in data) { showForm(data.adding === "open", target); return; }
    if ("remove" in data) { remove(target, trigger); return; }
    if ("close" in data) { close(); trigger("click", { close: "1" }); return; }
    if ("scope" in data) {
      choose(trigger, { scope: data.scope, value: data.value });
      if (narrow()) close();
      box()?.focus({ preventScroll: true });
      return;
    }
    if ("reload" in data) { trigger("click", { reload: "1" }); return; }
    if ("library" in data) view("chat");
    open(target);
    const shown = document.querySelector("#side .paper")?.dataset.key;
    if ("cite" in data && !("fold" in data) && shown === `${data.turn} ${data.cite}`) { opened(); return; }
    if ("library" in data) { trigger("click", { close: "1" }); opened(); return; }
    const wanted = {};
    for (const name of ["turn", "cite", "fold", "near", "article"]) if (name in data) wanted[name] = data[name];
    trigger("click", wanted);
  };

  // A choice in the fields that narrow the search.
  const chose = (event, trigger) => {
    const field = event.target.closest("[data-field]");
    if (field) choose(trigger, { scope: field.dataset.field, value: field.value, field: "1" });
  };

  // Who leaves a field by pressing Ask sends choice and question at once; the question waits until the choice counts.
  // One choice goes after another, so that each is seen to count.
  let counted = Promise.resolve();
  let count = () => {};
  const choose = (trigger, choice) => {
    counted = counted.then(() => new Promise((resolve) => {
      count = resolve;
      setTimeout(resolve, PATIENCE);  // a choice that changes nothing on the page is never seen to count
      trigger("click", choice);
    }));
  };
  const settled = async (...values) => {
    await counted;
    return values;
  };

  const label = () => {
    const live = document.querySelector("#live");
    live?.setAttribute("role", "log");
    live?.setAttribute("aria-live", "polite");
    live?.setAttribute("aria-label", "Latest answer");
    box()?.setAttribute("aria-label", "Your question");
    document.documentElement.lang = "en";
  };

  window.onrecord = { asked, opened, pressed, chose, takes, judged, save, measures, measured, viewed,
    settled, chosen: () => count() };
  label();
  setTimeout(label, 500);
}
