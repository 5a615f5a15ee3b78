// Making elements. Text is always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes ?? {})) {
		if (name.startsWith("on"))
			node.addEventListener(name.slice(2), value);
		else if (value === true)
			node.setAttribute(name, "");
		else if (value !== false && value !== null && value !== undefined)
			node.setAttribute(name, value);
	}
	node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined));
	return node;
}

export function el(name, attributes, ...children) {
	return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes, ...children) {
	return fill(document.createElementNS(SVG, name), attributes, children);
}

// A table: columns are [heading, (row) => cell, class].
export function table(caption, columns, rows, none) {
	if (rows.length === 0)
		return el("p", { class: "note" }, none ?? "Nothing.");
	return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, el("table", {},
		el("caption", { class: "hidden" }, caption),
		el("thead", {}, el("tr", {}, columns.map(([head, , kind]) =>
			el("th", { scope: "col", class: kind }, head)))),
		el("tbody", {}, rows.map((row) => el("tr", {}, columns.map(([head, cell, kind]) =>
			el("td", { class: kind, "data-label": head }, el("span", {}, cell(row)))))))));
}

export function time(text) {
	if (!text)
		return "–";
	return el("time", { datetime: text }, text.slice(0, 10) + " " + text.slice(11, 19) + " UTC");
}

export function number(n) {
	return n === null || n === undefined ? "–" : n.toLocaleString("en");
}

// How long from now, in words: "in 3 h 12 min", "2 d ago".
export function distance(text, now = Date.now()) {
	if (!text)
		return "never";
	const s = Math.round((Date.parse(text) - now) / 1000);
	const a = Math.abs(s);
	const words = a < 60 ? a + " s"
		: a < 3600 ? Math.floor(a / 60) + " min " + a % 60 + " s"
		: a < 86400 ? Math.floor(a / 3600) + " h " + Math.floor(a % 3600 / 60) + " min"
		: Math.floor(a / 86400) + " d " + Math.floor(a % 86400 / 3600) + " h";
	return s >= 0 ? "in " + words : words + " ago";
}
