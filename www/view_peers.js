// The federation as this node sees it.
import { ask } from "./api.js";
import { distance, el, number, svg, table } from "./dom.js";

export const title = "Federation";

const good = { connected: true, self: true };

function state(p) {
	return el("span", { class: good[p.state] && !p.frozen ? "state full good" : "state bad" },
		p.frozen ? "frozen: signed two histories" : p.state);
}

// This node in the middle, its peers around it.
function graph(peers) {
	const [self, ...others] = peers;
	const parts = [];
	const dots = [];
	others.slice(0, 24).forEach((p, i, all) => {
		const angle = 2 * Math.PI * (i + .5) / all.length - Math.PI / 2;
		const x = 320 + 210 * Math.cos(angle), y = 190 + 140 * Math.sin(angle);
		const kind = good[p.state] && !p.frozen ? null : "bad";
		parts.push(svg("line", { x1: 320, y1: 190, x2: x, y2: y, class: kind }));
		dots.push(svg("circle", { cx: x, cy: y, r: 14, class: kind }),
			svg("text", { x, y: y + 32 }, p.name ?? "?"));
	});
	return svg("svg", { class: "graph", viewBox: others.length > 2 ? "0 0 640 390" : "0 150 640 100", role: "img",
		"aria-label": "Whom this node exchanges with: " +
			others.map((p) => (p.name ?? "?") + " " + p.state).join(", ") },
	parts, dots, svg("circle", { cx: 320, cy: 190, r: 20 }),
	svg("text", { x: 320, y: 229 }, self.name));
}

function pending(p) {
	if (p.callers.length + p.changed.length === 0)
		return [];
	return [el("h2", {}, "Waiting for you"),
		p.callers.length === 0 ? [] : table("Nodes that called and are not configured", [
			["From", (c) => c.from],
			["Says it is", (c) => c.card ? c.card.name + " (" + c.card.group + ")" : "–"],
			["Node ID", (c) => el("code", {}, c.id)],
			["Last call", (c) => distance(c.last)],
		], p.callers),
		p.changed.length === 0 ? [] : table("Peers whose card proposes something else", [
			["Peer", (c) => c.name], ["Differs in", (c) => c.differs.join(", ")],
		], p.changed),
		el("p", { class: "note" }, "Accept with ", el("code", {}, "virbl peer add"), " or ",
			el("code", {}, "virbl peer accept NAME"), ".")];
}

export async function render(_, signal) {
	const { peers } = await ask("/v1/peers", { signal });
	const me = await ask("/v1/session", { signal });
	const all = me.role === "operator";
	const waiting = all ? await ask("/v1/peers/pending", { signal }) : null;
	return [
		el("h1", {}, "The federation"),
		el("p", {}, "What each member signs travels from node to node; every node stores all of it and decides by its own policy."),
		peers.length > 1 ? graph(peers) : el("p", { class: "note" }, "This node has no peers."),
		table("Members", [
			["Name", (p) => el("b", {}, p.name ?? "no longer configured")],
			["Organisation", (p) => p.group],
			["State", state],
			["Last exchange", (p) => p.state === "self" ? "–" : distance(p.contact)],
			["Batches behind", (p) => number(p.behind), "number"],
			["Published", (p) => p.epoch ? "epoch " + p.epoch + ", batch " + number(p.seq) : "nothing yet"],
			...(all ? [["Trust", (p) => p.trust ?? "–"], ["Weight", (p) => number(p.weight), "number"],
				["Refused", (p) => p.rejected ? number(p.rejected) + " (" + p.rejection + ")" : "0", "number"],
				["Why", (p) => p.why]] : []),
		], peers),
		...(waiting ? pending(waiting) : []),
	];
}
