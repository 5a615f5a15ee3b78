// The node's HTTP API.

export class Problem extends Error {
	constructor(status, body) {
		super(body?.detail ?? "the node answered " + status);
		this.status = status;
		this.hint = body?.hint;
	}
}

export async function ask(path, options = {}) {
	const headers = { Accept: "application/json", ...options.headers };
	if (options.json !== undefined)
		headers["Content-Type"] = "application/json";
	if (options.method && options.method !== "GET")
		headers["X-Virbl-Page"] = "1";
	let answer;
	try {
		answer = await fetch(path, {
			method: options.method ?? "GET", headers, signal: options.signal,
			body: options.json !== undefined ? JSON.stringify(options.json) : options.body,
		});
	} catch (e) {
		if (e.name === "AbortError")
			throw e;
		throw new Problem(0, { detail: "the node cannot be reached", hint: "try again soon" });
	}
	const kind = answer.headers.get("Content-Type") ?? "";
	const body = kind.includes("json") ? await answer.json() : await answer.text();
	if (!answer.ok)
		throw new Problem(answer.status, typeof body === "object" ? body : null);
	return body;
}
