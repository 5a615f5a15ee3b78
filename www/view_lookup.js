// One address: is it listed, why, until when, and how to get it off.
import { ask, Problem } from "./api.js";
import { distance, el, number, table, time } from "./dom.js";

export const title = "Look up";

const meaning = {
	exempt: "never listed here",
	silent: "no sighting that counts",
	below: "too few sightings",
	alone: "seen, but by too few organisations",
	expired: "was listed; the time is over",
	trusted: "one fully trusted organisation saw enough",
	company: "enough organisations saw it",
};

function search(address) {
	const form = el("form", { class: "search", onsubmit: (e) => {
		e.preventDefault();
		location.hash = "lookup/" + form.elements.ip.value.trim();
	} },
	el("label", { for: "ip" }, "Is this address listed?"),
	el("input", { id: "ip", name: "ip", required: true, maxlength: 64, autocomplete: "off",
		spellcheck: "false", placeholder: "192.0.2.1 or 2001:db8::1", value: address }),
	el("button", {}, "Look up"));
	return form;
}

// The time left, counting down while the view is shown.
function clock(until, signal) {
	const node = el("span", { class: "note" }, distance(until));
	const timer = setInterval(() => node.replaceChildren(distance(until)), 1000);
	signal.addEventListener("abort", () => clearInterval(timer));
	return node;
}

function removal(address) {
	const result = el("p", { role: "status" });
	const form = el("form", { class: "removal", onsubmit: async (e) => {
		e.preventDefault();
		try {
			const answer = await ask("/v1/removal", { method: "POST", json: {
				address, contact: form.elements.contact.value,
				statement: form.elements.statement.value } });
			result.replaceChildren(answer.message ?? answer.result ?? "Your request was taken.");
		} catch (e) {
			if (!(e instanceof Problem))
				throw e;
			result.replaceChildren(e.message, e.hint ? " – " + e.hint : "");
		}
	} },
	el("label", { for: "contact" }, "How the operator can reach you (optional)"),
	el("input", { id: "contact", name: "contact", maxlength: 200 }),
	el("label", { for: "statement" }, "What was wrong, and what was done about it"),
	el("textarea", { id: "statement", name: "statement", rows: 3, maxlength: 1000 }),
	el("button", {}, "Ask for removal"), result);
	return [
		el("h2", {}, "Is this yours?"),
		el("ol", {},
			el("li", {}, "Find the machine that sent this and clean it: the time and the name of the threat tell your provider which customer it was."),
			el("li", {}, "Nothing else is needed: the listing ends by itself when nothing more is seen."),
			el("li", {}, "If it is clean already, ask for an early end. Sent from the listed address itself it works at once, at most twice a week. A new sighting lists it again.")),
		form];
}

export async function render(address, signal) {
	if (!address)
		return search("");
	let a;
	try {
		a = await ask("/v1/ip/" + encodeURI(address), { signal });
	} catch (e) {
		if (!(e instanceof Problem) || e.status !== 400)
			throw e;
		return [search(address), el("p", { class: "problem", role: "alert" }, e.message)];
	}
	return [
		search(address),
		el("h1", { class: a.listed ? "listed" : "clear" },
			a.address + (a.listed ? " is listed" : " is not listed")),
		a.exempt ? el("p", {}, "It lies in ", el("code", {}, a.exempt.prefix),
			", which this node never lists (" + a.exempt.source +
			(a.exempt.line ? ", line " + a.exempt.line : "") + ").") : [],
		el("h2", {}, "On which lists"),
		table("Lists", [
			["List", (l) => el("b", {}, l.list)],
			["State", (l) => el("span", { class: l.listed ? "state full bad" : "state" },
				l.listed ? "listed" : "not listed")],
			["Why", (l) => meaning[l.reason] ?? l.reason],
			["Since", (l) => time(l.since)],
			["Until", (l) => l.listed ? [time(l.until), " ", clock(l.until, signal)] : time(l.until)],
			["Score", (l) => number(l.score), "number"],
			["Organisations", (l) => number(l.groups), "number"],
			["What was seen", (l) => l.threats.join(", ")],
		], a.lists),
		el("h2", {}, "Who saw what"),
		table("Sightings, the newest first", [
			["Last seen", (s) => time(s.seen)],
			["Member", (s) => s.member],
			["Organisation", (s) => s.group],
			["Category", (s) => s.category],
			["Threat", (s) => s.threat],
			["Times", (s) => number(s.count), "number"],
			["Counts", (s) => s.counts ? "yes" : "no"],
		], a.sightings, "Nobody reported this address."),
		a.sightings_left_out ? el("p", { class: "note" }, number(a.sightings_left_out) + " older ones are left out.") : [],
		a.marks.length ? [el("h2", {}, "Withdrawn and cleared"), table("Marks", [
			["What", (m) => m.kind], ["By", (m) => m.member], ["When", (m) => time(m.time)],
		], a.marks)] : [],
		el("p", { class: "tools" },
			el("a", { href: "/v1/ip/" + a.address }, "JSON"),
			el("span", { class: "note" }, "for programs")),
		a.listed ? removal(a.address) : [],
	].flat(Infinity);
}
