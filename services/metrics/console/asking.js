// Asks the public APIs in the caller's name; the token stays in this tab.

const KEY = "fairlead.token";

export const root = location.pathname.replace(/\/console\/?$/, "");
const known = { token: "", services: [] };

export class Refused extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? `The answer was ${status}.`);
    this.status = status;
  }
}

export async function ask(path, { service = "metrics", body } = {}) {
  const headers = { authorization: `Bearer ${known.token}`, accept: "application/json" };
  if (body) headers["content-type"] = "application/json";
  const options = body ? { method: "POST", body: JSON.stringify(body) } : {};
  const answer = await fetch(addressOf(service) + path, { ...options, headers, cache: "no-store" });
  const told = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}

export function services() {
  return known.services.map((service) => service.name);
}

export async function learnAddresses() {
  try {
    const answer = await fetch(`${root}/console/settings`);
    known.services = (await answer.json()).services;
  } catch {
    known.services = [{ name: "metrics", address: root }];
  }
}

export function useToken(token) {
  known.token = token.trim();
}

export function keepToken() {
  sessionStorage.setItem(KEY, known.token);
}

export function forgetToken() {
  known.token = "";
  sessionStorage.removeItem(KEY);
}

export function rememberedToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) history.replaceState(null, "", location.pathname + location.search); // leave no trace
  return given ?? sessionStorage.getItem(KEY);
}

function addressOf(name) {
  if (name === "metrics") return root;
  return known.services.find((service) => service.name === name)?.address ?? root;
}
