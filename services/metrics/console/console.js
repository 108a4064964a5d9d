// The console: what is loaded when, and what happens live.

import {
  Refused, ask, forgetToken, keepToken, learnAddresses, rememberedToken, root, services, useToken,
} from "./asking.js";
import { by, make, quiet, sentence, show, streamButton, time, words } from "./drawing.js";
import {
  drawAccess, drawFigures, drawFunnel, drawLag, drawMeasures, drawPairs, drawParked, drawRuns,
  drawTimeline, drawWaiting,
} from "./views.js";

const RELOAD_MS = 1500; // figures are asked for again at most this often
const WATCH_MS = 5000; // lag and parked messages
const RETRY_MS_MAX = 15000;
const FEED_MAX = 60;
const PAIRS_MAX = 200;
const TOLD_BY = {
  enrollment: ["program", "cohort", "competency", "target_role", "person", "profile", "enrollment"],
  matching: ["policy", "roster", "run", "pairing"],
  sessions: ["journey", "goal", "roadmap"],
  metrics: ["report"],
};

const state = { program: null, programs: [], source: null, position: "", tries: 0, pairs: 15 };
let reload = null;

// ——— what is shown ———

async function part(id, path, draw, options) {
  try {
    draw(await ask(path, options));
  } catch (error) {
    if (error.status === 401) throw error;
    const why = error instanceof Refused ? error.message : "This service does not answer.";
    show(id, id === "figures" ? make("li", { class: "quiet" }, why) : quiet(why));
  }
}

async function load() {
  const here = `/v1/programs/${state.program}`;
  const only = by("cohort").value ? `&cohort_id=${by("cohort").value}` : "";
  const groups = `dimension=${by("dimension").value}&part=${by("part").value}`;
  const more = () => {
    state.pairs = Math.min(PAIRS_MAX, state.pairs * 3);
    load();
  };
  try {
    await Promise.all([
      part("program-note", "/v1/programs?limit=200", name),
      part("figures", `${here}/figures?${only}`, drawFigures),
      part("funnel", `${here}/funnel?${only}`, drawFunnel),
      part("access", `${here}/access?${groups}`, drawAccess),
      part("pairs", `${here}/pairings?limit=${state.pairs}${only}`, (page) => {
        drawPairs(page, more);
      }),
      part("waiting", `${here}/waiting-list?limit=15${only}`, drawWaiting),
      part("runs", `${here}/matching-runs?limit=5`, drawRuns),
    ]);
  } catch (error) {
    leave(error.message);
  }
}

function loadSoon() {
  reload ??= setTimeout(() => {
    reload = null;
    if (state.program) load();
  }, RELOAD_MS);
}

async function watch() {
  const lags = [];
  const parked = [];
  const faults = [];
  await Promise.all(services().map(async (service) => {
    try {
      const from = (page) => page.items.map((item) => ({ ...item, service }));
      lags.push(...from(await ask("/v1/ops/lag", { service })));
      parked.push(...from(await ask("/v1/ops/parked?limit=20", { service })));
    } catch (error) {
      faults.push([service, error instanceof Refused ? error.message : "does not answer"]);
    }
  }));
  const place = (lag) => `${lag.service} ${lag.consumer} ${lag.source}`;
  drawLag(lags.sort((one, other) => place(one).localeCompare(place(other))), faults.sort());
  drawParked(parked, faults);
}

async function trace(stream) {
  by("stream").value = stream;
  const kind = stream.split("-")[0];
  const service = Object.keys(TOLD_BY).find((name) => TOLD_BY[name].includes(kind));
  if (!service) {
    show("timeline", quiet("A stream begins with its kind, such as pairing- or cohort-."));
    return;
  }
  const path = `/v1/ops/streams/${encodeURIComponent(stream)}?limit=100`;
  await part("timeline", path, drawTimeline, { service }).catch((error) => leave(error.message));
  by("timeline-title").scrollIntoView({ block: "nearest" });
}

// ——— what happens live ———

async function follow() {
  state.source?.close();
  const program = state.program;
  try {
    const { ticket } = await ask("/v1/stream-tickets", { body: { program_id: program } });
    if (program === state.program) listen(program, ticket);
  } catch (error) {
    if (error.status === 401) leave(error.message);
    else again(program);
  }
}

function listen(program, ticket) {
  const query = new URLSearchParams({ ticket });
  if (state.position) query.set("after", state.position);
  const source = new EventSource(`${root}/v1/programs/${program}/events?${query}`);
  state.source = source;
  const on = (name, act) => source.addEventListener(name, (event) => {
    if (event.lastEventId) state.position = event.lastEventId;
    act(event);
  });
  source.onopen = () => {
    state.tries = 0;
    say("live", "on");
  };
  source.onerror = () => again(program); // a ticket is good for one connection only
  on("ready", () => {});
  on("resync", loadSoon);
  on("figures_changed", loadSoon);
  on("happened", (event) => {
    happened(JSON.parse(event.data));
    loadSoon();
  });
  on("server.closing", () => again(program));
}

function again(program) {
  state.source?.close();
  state.source = null;
  if (program !== state.program || !program) return;
  say("connecting again", "wait");
  state.tries += 1;
  setTimeout(() => {
    if (program === state.program && !state.source) follow();
  }, Math.min(RETRY_MS_MAX, 500 * 2 ** state.tries));
}

function happened(event) {
  const feed = by("feed");
  if (feed.querySelector(`[data-event="${event.event_id}"]`)) return; // told again after a break
  feed.querySelector(".quiet")?.remove();
  feed.prepend(make("li", { "data-event": event.event_id },
    make("span", {}, sentence(event.type)),
    make("time", { datetime: event.recorded_at }, time(event.recorded_at)),
    streamButton(event.stream)));
  while (feed.children.length > FEED_MAX) feed.lastChild.remove();
}

function say(text, how) {
  by("live").textContent = text;
  by("live").dataset.state = how;
}

// ——— coming and going ———

function name(page) {
  state.programs = page.items;
  const program = state.programs.find((one) => one.program_id === state.program);
  if (!program) return;
  document.title = `${program.name} · Fairlead console`;
  by("program-name").textContent = program.name;
  const cohorts = program.cohorts.map((cohort) => `${cohort.name}: ${words(cohort.stage)}`);
  by("program-note").textContent = [words(program.state), ...cohorts].join(" · ");
}

function choose() {
  state.program = by("program").value;
  state.position = "";
  const { cohorts } = state.programs.find((one) => one.program_id === state.program);
  show("cohort", make("option", { value: "" }, "All cohorts"),
    ...cohorts.map((cohort) => make("option", { value: cohort.cohort_id }, cohort.name)));
  name({ items: state.programs });
  load();
  follow();
}

async function enter(token) {
  useToken(token);
  try {
    const page = await ask("/v1/programs?limit=200");
    if (!page.items.length) {
      leave("This token is valid, but there is no program yet that it may see.");
      return;
    }
    keepToken();
    state.programs = page.items;
    for (const id of ["desk", "choice", "leave"]) by(id).hidden = false;
    by("entrance").hidden = true;
    show("program", ...page.items.map((program) =>
      make("option", { value: program.program_id }, program.name)));
    choose();
    watch();
    await part("measures", "/v1/measures", drawMeasures);
  } catch (error) {
    leave(error instanceof Refused ? error.message : "The metrics service does not answer.");
  }
}

function leave(why = "") {
  forgetToken();
  state.source?.close();
  Object.assign(state, { program: null, source: null, position: "", tries: 0 });
  say("not connected", "off");
  for (const id of ["desk", "choice", "leave"]) by(id).hidden = true;
  by("entrance").hidden = false;
  by("entrance-note").textContent = why;
  by("entrance-note").hidden = !why;
  by("token").value = "";
}

async function begin() {
  const submitted = (id, act) => by(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
  submitted("enter", () => enter(by("token").value));
  submitted("trace", () => trace(by("stream").value.trim()));
  by("program").addEventListener("change", choose);
  by("cohort").addEventListener("change", load);
  by("access-choice").addEventListener("change", load);
  by("leave").addEventListener("click", () => leave());
  document.addEventListener("trace", (event) => trace(event.detail));
  setInterval(() => {
    if (state.program && !document.hidden) watch();
  }, WATCH_MS);
  const token = rememberedToken();
  await learnAddresses();
  if (token) await enter(token);
  else leave();
}

begin();
