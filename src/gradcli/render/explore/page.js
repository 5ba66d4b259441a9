"use strict";
// The page shows one state: the values of the variables, and how many of the steps have been taken.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent, (_, value) =>
    value === "NaN" ? NaN : value === "Infinity" ? Infinity : value === "-Infinity" ? -Infinity : value);
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const steps = data.steps;
  const at = { ...data.at };
  let taken = steps.length;
  let timer = null;

  const short = (value) => {
    if (typeof value !== "number") return Array.isArray(value) ? "[…]" : String(value);
    if (Number.isNaN(value)) return "nan";
    if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
    return String(Number(value.toPrecision(data.digits)));
  };
  const known = (value) => value !== null && value !== undefined;

  // What the nodes and links are worth where the variables stand: as computed here, or as the page came.
  const numbers = () => {
    const outputs = run && data.live ? run(...data.variables.map((name) => at[name])) : null;
    const of = (places, id, otherwise) => (outputs && known(places[id]) ? outputs[places[id]] : otherwise);
    const values = {}, gradients = {};
    for (const node of data.nodes) {
      values[node.id] = node.variable ? at[node.variable] : of(data.live?.values ?? {}, node.id, node.value);
      gradients[node.id] = of(data.live?.gradients ?? {}, node.id, node.gradient);
    }
    const links = data.links.map((link, i) => of(data.live?.links ?? [], i, link.gradient));
    const partials = Object.fromEntries(Object.keys(data.leaves).map((name) => {
      const node = data.nodes.find((each) => each.variable === name);
      return [name, node ? gradients[node.id] : data.leaves[name]];
    }));
    return { value: outputs ? outputs[0] : data.value, values, gradients, links, partials };
  };

  // Drawing

  const forward = new Map(), backward = new Map();
  steps.forEach((step, i) => (step.pass === "forward" ? forward : backward).set(step.id, i));
  const wires = all("#graph .wire");
  const write = (element, text) => element && (element.textContent = text);

  function draw() {
    const now = numbers();
    const current = taken < steps.length ? steps[taken - 1] : null;
    const arrived = {};
    data.links.forEach((link, i) => {
      const sent = backward.has(link.head) && backward.get(link.head) < taken;
      const gradient = sent ? now.links[i] : null;
      if (known(gradient)) arrived[link.tail] = (arrived[link.tail] ?? 0) + gradient;
      write(find("text.backward", wires[i]), known(gradient) ? short(gradient) : "");
      wires[i].classList.toggle("dim", !(forward.has(link.head) ? forward.get(link.head) < taken : true));
    });
    for (const node of data.nodes) {
      const drawn = find(`#graph .node[data-id="${node.id}"]`);
      const computed = !forward.has(node.id) || forward.get(node.id) < taken;
      const visited = !backward.has(node.id) || backward.get(node.id) < taken;
      const gradient = visited ? now.gradients[node.id] : arrived[node.id];
      write(find("text.value", drawn), computed ? `value ${short(now.values[node.id])}` : "");
      write(find("text.grad", drawn), known(gradient) ? `grad ${short(gradient)}` : "");
      drawn?.classList.toggle("dim", !computed);
      drawn?.classList.toggle("now", current?.id === node.id);
      all(`.part[data-ids~="${node.id}"]`).forEach((part) => part.classList.toggle("done", computed && !!current));
      const row = find(`#table tr[data-id="${node.id}"]`);
      write(row.cells[2], computed ? String(now.values[node.id]) : "");
      write(row.cells[3], known(gradient) ? String(gradient) : "");
    }
    find("#result").replaceChildren(...Object.entries({ f: now.value, ...now.partials }).flatMap(([name, value], i) => {
      const number = document.createElement("b");
      number.textContent = typeof value === "number" ? value : short(value);
      return [i ? `, df/d${name} = ` : "f = ", number];
    }));
    find("#step").textContent = told(current);
    plot();
  }

  const told = (step) => {
    if (!taken) return `${steps.length} steps: press next`;
    if (!step) return `all ${steps.length} steps taken`;
    return `${taken} of ${steps.length}, ${step.pass}: #${step.id} ${step.text}`;
  };

  // The curve of f along one variable, its derivative, and the tangent where the variable stands.

  let along = data.sliders[0]?.variable;
  const WIDE = 640, HIGH = 360, SAMPLES = 320;

  function plot() {
    const slider = data.sliders.find((each) => each.variable === along);
    if (!slider || !run) return;
    const place = data.variables.indexOf(along);
    const call = (x) => run(...data.variables.map((name) => (name === along ? x : at[name])));
    const index = data.live.gradients[data.nodes.find((node) => node.variable === along)?.id];
    const xs = Array.from({ length: SAMPLES + 1 }, (_, i) => slider.low + ((slider.high - slider.low) * i) / SAMPLES);
    const found = xs.map(call);
    const curves = [["f", found.map((each) => each[0])], ["d", found.map((each) => (known(index) ? each[index] : NaN))]];
    const finite = curves.flatMap(([, ys]) => ys).filter(Number.isFinite).sort((a, b) => a - b);
    if (!finite.length || place < 0) return;
    const edge = Math.floor(finite.length * 0.04);
    let [low, high] = [finite[edge], finite[finite.length - 1 - edge]];
    if (low === high) [low, high] = [low - 1, high + 1];
    const pad = (high - low) * 0.12;
    const px = (x) => 64 + ((x - slider.low) / (slider.high - slider.low)) * (WIDE - 78);
    const py = (y) => HIGH - 28 - ((y - low + pad) / (high - low + 2 * pad)) * (HIGH - 44);
    const inside = (y) => Number.isFinite(y) && y > low - 4 * pad && y < high + 4 * pad;
    const path = (ys) => ys.map((y, i) => {
      const joined = i && inside(ys[i - 1]) && Math.abs(ys[i - 1] - y) < high - low;
      return inside(y) ? `${joined ? "L" : "M"}${px(xs[i]).toFixed(1)} ${py(y).toFixed(1)}` : "";
    }).join("");
    const here = call(at[along]);
    const slope = known(index) ? here[index] : NaN;
    const reach = (slider.high - slider.low) / 6;
    const touch = (x) => `${px(x).toFixed(1)} ${py(here[0] + slope * (x - at[along])).toFixed(1)}`;
    const ticks = [slider.low, (slider.low + slider.high) / 2, slider.high]
      .map((x) => `<text x="${px(x)}" y="${HIGH - 8}" text-anchor="middle">${short(x)}</text>`)
      .concat([low, high].map((y) => `<text x="58" y="${py(y) + 4}" text-anchor="end">${Number(y.toPrecision(3))}</text>`));
    const tangent = Number.isFinite(slope) && inside(here[0])
      ? `<path class="tangent" d="M${touch(at[along] - reach)}L${touch(at[along] + reach)}"/>
         <circle class="at" r="5" cx="${px(at[along])}" cy="${py(here[0])}"/>` : "";
    find("#plot svg").innerHTML = `<path class="axis" d="M64 ${HIGH - 28}H${WIDE - 14}M64 16V${HIGH - 28}"/>${ticks.join("")}
      ${curves.map(([name, ys]) => `<path class="curve ${name}" d="${path(ys)}"/>`).join("")}${tangent}
      <text x="74" y="14">f, solid; df/d${along}, dashed</text>`;
  }

  // What a reader can do

  function control(slider) {
    const label = document.createElement("label");
    label.innerHTML = `<span></span><input type="range" min="${slider.low}" max="${slider.high}" step="any">
      <input type="text" inputmode="decimal">`;
    find("span", label).textContent = slider.variable;
    const [range, field] = all("input", label);
    range.setAttribute("aria-label", slider.variable);
    field.setAttribute("aria-label", `${slider.variable}, as a number`);
    const show = (value) => { range.value = value; field.value = value; };
    show(slider.value);
    range.addEventListener("input", () => { at[slider.variable] = field.value = Number(range.value); draw(); });
    field.addEventListener("change", () => {
      const value = Number(field.value);
      if (field.value.trim() && Number.isFinite(value)) { at[slider.variable] = range.value = value; draw(); }
      else show(at[slider.variable]);
    });
    return label;
  }

  function go(where) {
    if (where !== "play") pause();
    if (where === "first") taken = 0;
    if (where === "back") taken = Math.max(0, taken - 1);
    if (where === "next") taken = Math.min(steps.length, taken + 1);
    if (where === "last") taken = steps.length;
    if (where === "play") return timer ? pause() : play();
    draw();
  }

  function play() {
    if (taken === steps.length) taken = 0;
    timer = setInterval(() => { taken += 1; draw(); if (taken >= steps.length) pause(); }, 900);
    find("[data-go=play]").textContent = "pause";
    draw();
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    find("[data-go=play]").textContent = "play";
  }

  function light(ids) {
    all(".lit").forEach((each) => each.classList.remove("lit"));
    for (const id of ids) {
      find(`#graph .node[data-id="${id}"]`)?.classList.add("lit");
      find(`#table tr[data-id="${id}"]`)?.classList.add("lit");
      all(`.part[data-ids~="${id}"]`).forEach((part) => part.classList.add("lit"));
    }
  }

  const body = find("#table tbody");
  for (const node of [...data.nodes].sort((a, b) => a.id - b.id)) {
    const row = body.insertRow();
    row.dataset.id = node.id;
    for (const text of [`${node.id}`, node.variable ?? node.name, "", ""]) row.insertCell().textContent = text;
    if (node.span) row.cells[1].textContent = data.expression.slice(...node.span);
  }
  data.sliders.forEach((slider) => find("#controls").append(control(slider)));
  if (run && data.sliders.length) {
    find("#plot").innerHTML = `<label>along <select aria-label="Variable of the plot"></select></label>
      <svg viewBox="0 0 ${WIDE} ${HIGH}" role="img" aria-label="f and its derivative"></svg>`;
    for (const slider of data.sliders) find("#plot select").add(new Option(slider.variable));
    find("#plot select").addEventListener("change", (event) => { along = event.target.value; draw(); });
  }
  all("[data-go]").forEach((button) => button.addEventListener("click", () => go(button.dataset.go)));
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input,select,textarea")) return;
    const where = { ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last", " ": "play" }[event.key];
    if (where && !(event.key === " " && event.target.matches("button"))) { event.preventDefault(); go(where); }
  });
  document.addEventListener("pointerover", (event) => {
    const part = event.target.closest(".part, .node, #table tr[data-id]");
    light(part ? (part.dataset.ids ?? part.dataset.id).split(" ") : []);
  });
  draw();
})();
