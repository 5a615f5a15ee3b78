// Which view is shown. The part of the address behind # names it:
// "#peers", "#lookup/192.0.2.1".
import { ask, Problem } from "./api.js";
import { el } from "./dom.js";

const views = {
	lookup: () => import("./view_lookup.js"),
	peers: () => import("./view_peers.js"),
	node: () => import("./view_node.js"),
	about: () => import("./view_about.js"),
};
const main = document.getElementById("main");
let current = null; // ends what the view before left running

export function problem(e) {
	return el("p", { class: "problem", role: "alert" }, e.message, e.hint ? " – " + e.hint : "");
}

function mark(name) {
	for (const a of document.querySelectorAll("#nav a")) {
		if (a.getAttribute("href") === "#" + name)
			a.setAttribute("aria-current", "page");
		else
			a.removeAttribute("aria-current");
	}
}

async function show() {
	const [name, ...rest] = decodeURIComponent(location.hash.slice(1) || "lookup").split("/");
	if (name === "main")
		return;
	const known = Object.hasOwn(views, name) ? name : "lookup";
	current?.abort();
	const mine = current = new AbortController();
	mark(known);
	try {
		const view = await views[known]();
		const content = await view.render(rest.join("/"), mine.signal);
		if (mine.signal.aborted)
			return;
		main.replaceChildren(...[content].flat());
		document.title = view.title + " – virbl";
	} catch (e) {
		if (mine.signal.aborted || e.name === "AbortError")
			return;
		if (!(e instanceof Problem))
			throw e;
		main.replaceChildren(problem(e));
	}
	if (shown)
		main.focus({ preventScroll: true });
	shown = true;
}
let shown = false;

// A one-time link of `virbl web login` ends in #login/CODE.
async function login() {
	const [name, code] = location.hash.slice(1).split("/");
	if (name !== "login" || !code)
		return;
	history.replaceState(null, "", "/#lookup");
	try {
		await ask("/v1/session", { method: "POST", json: { code } });
	} catch (e) {
		if (!(e instanceof Problem))
			throw e;
		document.getElementById("session").replaceChildren(problem(e));
	}
}

async function session() {
	const me = await ask("/v1/session");
	for (const item of document.querySelectorAll("#nav [data-role]"))
		item.hidden = !(me.role === "operator" || me.role === item.dataset.role);
	if (me.role !== "public" && me.ends)
		document.getElementById("session").replaceChildren(
			"Logged in as " + me.name + " (" + me.role + "). ",
			el("button", { class: "plain", onclick: async () => {
				await ask("/v1/session", { method: "DELETE" });
				location.reload();
			} }, "Log out"));
}

window.addEventListener("hashchange", show);
await login();
await session();
await show();
