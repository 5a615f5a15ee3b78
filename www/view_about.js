// What is listed, by which rule, and how to ask.
import { ask } from "./api.js";
import { el, number, table } from "./dom.js";

export const title = "About";

export async function render(_, signal) {
	const [node, digest] = await Promise.all([
		ask("/v1/node", { signal }), ask("/v1/digest", { signal })]);
	const counts = new Map(digest.lists.map((l) => [l.list, l]));
	return [
		el("h1", {}, "About this node"),
		el("p", {}, "Providers that run a node report which addresses send worms and other abuse to their mail servers and sensors. A node takes reports only first hand, signs its own and merges everybody's by its own policy. So a listing needs several sightings, ends by itself, and each can be explained."),
		el("h2", {}, "What is listed"),
		table("Lists of this node", [
			["List", (l) => el("b", {}, l.list)],
			["Listed now", (l) => number(counts.get(l.list)?.count), "number"],
			["Of", (l) => l.categories.join(", ")],
			["Rule", (l) => "a score of " + l.threshold + " within " + l.window +
				" from at least " + l.groups + " organisations, each adding at most " + l.cap],
			["Stands for", (l) => l.hold + " after the last sighting that qualified"],
			["DNS zone", (l) => l.zone ? el("code", {}, l.zone) : "–"],
			["Answer", (l) => l.code ? el("code", {}, l.code) : "–"],
		], node.lists),
		el("p", {}, "A node's own sightings, and those of members it trusts fully, need no second organisation. Addresses of its allow lists and special ranges are never listed."),
		el("h2", {}, "Ask by DNS"),
		el("p", {}, "Reverse the address and put the zone behind it: 192.0.2.1 is ", el("code", {}, "1.2.0.192.ZONE"),
			". An A record means listed, a TXT record says why. 127.0.0.2 is always listed, 127.0.0.1 never: test with these."),
		el("h2", {}, "This node"),
		el("dl", {},
			el("dt", {}, "Name"), el("dd", {}, node.name + (node.group ? " (" + node.group + ")" : "")),
			el("dt", {}, "Contact"), el("dd", {}, node.contact || "–"),
			el("dt", {}, "Node ID"), el("dd", {}, el("code", {}, node.id)),
			el("dt", {}, "Version"), el("dd", {}, node.version),
			...digest.lists.flatMap((l) => [el("dt", {}, "SHA-256 of " + l.list), el("dd", {}, el("code", {}, l.sha256))])),
		el("p", { class: "note" }, "Nodes with equal votes and policy have equal digests."),
	];
}
