// The node itself, for its operator: is it well, what comes in, what goes out.
import { ask } from "./api.js";
import { el, number, table } from "./dom.js";

export const title = "Node";

function card(value, text) {
	return el("li", {}, el("b", {}, value), text);
}

function counters(caption, object) {
	const rows = Object.entries(object).filter(([, n]) => n > 0);
	return table(caption, [
		["What became of it", ([name]) => name],
		["Number", ([, n]) => number(n), "number"],
	], rows, "None yet.");
}

export async function render(_, signal) {
	const s = await ask("/v1/status", { signal });
	return [
		el("h1", {}, "Node " + s.name),
		s.warnings.map((w) => el("p", { class: "problem" }, w)),
		el("ul", { class: "cards" },
			card(s.ready ? "yes" : "no", s.ready ? "serving" : s.state),
			card(s.publishing ? "yes" : "no", s.publishing ? "publishing" : "heard " + s.heard + " of " + s.needed + " peers"),
			card(s.peers.connected + " of " + s.peers.total, "peers connected"),
			card(number(s.subjects), "addresses with sightings"),
			card(number(s.pending), "own records not yet published"),
			card(number(s.writes), "writes on their way to disk")),
		el("h2", {}, "What reporters sent"),
		counters("Sightings, retractions and clearances sent to this node", s.items),
		el("h2", {}, "What peers sent"),
		counters("Batches by what became of them", s.batches),
		el("h2", {}, "Lists"),
		table("Lists", [
			["List", (l) => el("b", {}, l.list)],
			["Listed", (l) => number(l.count), "number"],
			["Threshold", (l) => number(l.threshold), "number"],
			["Groups", (l) => number(l.groups), "number"],
			["Window", (l) => l.window], ["Hold", (l) => l.hold],
		], s.lists),
		el("h2", {}, "DNS"),
		s.dns === null ? el("p", { class: "note" }, "No DNS listener is configured.")
			: table("DNS answers since the start", [
				["Zone", (z) => z.zone || "outside"],
				...Object.keys(s.dns.zones[0] ?? {}).filter((k) => k !== "zone")
					.map((k) => [k, (z) => number(z[k]), "number"]),
			], s.dns.zones),
	].flat(Infinity);
}
