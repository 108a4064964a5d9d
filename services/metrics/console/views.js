// Each part of the page, drawn from the answer that belongs to it.

import {
  badge, count, date, drawing, hidden, make, meter, percent, plain, quiet, sentence, short, show,
  streamButton, table, time, words,
} from "./drawing.js";

const UNITS = {
  share: "", sessions: "a month", levels: "levels", points: "points", people: "people",
  functions: "functions", stars: "of 5", days: "days",
};

export function drawMeasures(page) {
  const entries = page.items.flatMap((measure) => {
    const events = measure.events.map(sentence).join(", ").toLowerCase();
    const source = `Version ${measure.version}, from ${events}.`;
    return [
      make("dt", {}, measure.name),
      make("dd", {}, measure.definition, " ", make("span", { class: "quiet" }, source)),
    ];
  });
  show("measures", ...entries);
}

export function drawFigures(view) {
  const known = view.items.filter((item) => item.suppressed || item.denominator);
  const isSkill = (item) => item.measure === "skill_gain" && item.part;
  const items = known.filter((item) => !isSkill(item));
  drawSkills(known.filter(isSkill));
  show("figures", ...items.map(tile));
  if (!items.length) show("figures", make("li", { class: "quiet" }, "Nothing is counted yet."));
}

function drawSkills(skills) {
  const most = Math.max(1, ...skills.map((item) => item.per_mille ?? 0));
  const heads = [["Competency", ""], ["Levels gained", ""], ["Mentees", "number"]];
  const name = (item) => item.part_name ?? short(item.part);
  const rows = skills
    .sort((one, other) => name(one).localeCompare(name(other)))
    .map((item) => [name(item), item.suppressed ? hidden() : gained(item, most),
      item.suppressed ? "" : count(item.denominator)]);
  show("skills", table("Levels gained by competency", heads, rows, "Nothing is rated yet."));
}

function gained(item, most) {
  const sign = item.per_mille > 0 ? "+" : "";
  return make("div", { class: "rate" },
    sign + plain(item.per_mille), meter((1000 * item.per_mille) / most));
}

function tile(item) {
  const part = item.part ? `: ${item.part_name ?? words(item.part)}` : "";
  const name = make("p", { class: "name" }, item.name + part);
  if (item.suppressed) {
    return make("li", {}, name, make("p", { class: "value" }, hidden()),
      make("p", { class: "of" }, "too few people"));
  }
  const share = item.unit === "share";
  const sign = item.measure.endsWith("_gain") && item.per_mille > 0 ? "+" : "";
  const value = share ? percent(item.per_mille) : sign + plain(item.per_mille);
  return make("li", {}, name,
    make("p", { class: "value" }, value, " ", make("small", {}, UNITS[item.unit])),
    share ? meter(item.per_mille) : null,
    make("p", { class: "of" }, behind(item)));
}

function behind(item) {
  if (item.unit === "share") return `${count(item.numerator)} of ${count(item.denominator)}`;
  if (item.unit === "sessions") return `${count(item.numerator)} held`;
  return `mean of ${count(item.denominator)}`;
}

export function drawFunnel(view) {
  const most = Math.max(1, ...view.items.flatMap((stage) => [stage.mentees, stage.mentors]));
  const legend = make("p", { class: "legend" },
    make("span", {}, make("i", { class: "mentee" }), "mentees"),
    make("span", {}, make("i", { class: "mentor" }), "mentors"));
  const rows = view.items.map((stage) => step(stage, most));
  show("funnel", legend, make("table", { class: "steps" },
    make("caption", { class: "unseen" }, "People by step"), make("tbody", {}, ...rows)));
}

function step(stage, most) {
  const bar = (kind, people, y) =>
    ["rect", { class: kind, x: 0, y, width: (1000 * (people ?? 0)) / most, height: 6 }];
  const bars = [bar("mentee", stage.mentees, 0), bar("mentor", stage.mentors, 8)];
  const told = stage.suppressed ? hidden() : make("span", {},
    count(stage.mentees), make("span", { class: "unseen" }, " mentees, "),
    make("span", { "aria-hidden": "true" }, " · "),
    count(stage.mentors), make("span", { class: "unseen" }, " mentors"));
  return make("tr", {},
    make("th", { scope: "row" }, stage.name),
    make("td", {}, drawing(1000, 14, null, bars)),
    make("td", { class: "count" }, told));
}

export function drawAccess(view) {
  const steps = view.items.filter((item) => item.unit === "share");
  const waits = new Map(view.waiting.map((wait) => [wait.group, wait]));
  const rows = (steps[0]?.groups ?? []).map(({ group }, place) => [
    group === "unknown" ? make("span", { class: "hidden" }, "unknown") : words(group),
    ...steps.map((one) => rate(one.groups[place])),
    waits.get(group)?.suppressed ? hidden() : waits.get(group)?.median_days ?? "–",
  ]);
  const heads = [["Group", ""], ...steps.map((one) => [one.name, ""]), ["Median days", "number"]];
  const note = `Groups of fewer than ${view.group_size_min} people are hidden, and others with `
    + "them. The fine line is the 95 % interval; 0.7× marks a rate below four fifths of the "
    + "best-served group's.";
  show("access", table("Access by group", heads, rows, "Nobody is known yet."), quiet(note));
}

function rate(row) {
  if (row.suppressed) return hidden();
  if (!row.denominator) return "–";
  const { low, high } = row.interval;
  const title = `${row.numerator} of ${row.denominator}; `
    + `95 % interval ${percent(low)} to ${percent(high)}`;
  const under = { class: "under", title: "Below four fifths of the best-served group" };
  const mark = row.below_four_fifths ? make("span", under, ` ${plain(row.ratio_per_mille)}×`) : "";
  return make("div", { class: "rate", title },
    percent(row.per_mille), mark, meter(row.per_mille, row.interval));
}

export function drawPairs(page, more) {
  const heads = [["Pair", ""], ["Mentor → mentee", ""], ["State", ""], ["Sessions", ""],
    ["Milestones", "aside"], ["Next by", "aside"], ["Made", "aside"]];
  const rows = page.items.map((pair) => [
    streamButton(`pairing-${pair.pairing_id}`, short(pair.pairing_id)),
    `${words(pair.mentor_function ?? "unknown")} → ${words(pair.mentee_function ?? "unknown")}`,
    badge(pair.end_reason === "journey_completed" ? "completed" : pair.state),
    pair.sessions_held + (pair.sessions_planned ? ` of ${pair.sessions_planned}` : ""),
    pair.milestones_set ? `${pair.milestones_reached} of ${pair.milestones_set}` : "–",
    date(pair.next_session_by),
    pair.by_hand ? "by hand" : `score ${pair.score}`,
  ]);
  const button = { type: "button", class: "more", onclick: more };
  show("pairs", table("Pairs, newest first", heads, rows, "No pairs yet."),
    page.next_cursor ? make("button", button, "Show more") : null);
}

export function drawWaiting(page) {
  const heads = [["Mentee", ""], ["Function", ""], ["Since", ""], ["Reason", ""]];
  const rows = page.items.map((one) => [
    streamButton(`enrollment-${one.enrollment_id}`, short(one.person_id)),
    words(one.function ?? "unknown"),
    date(one.since),
    words(one.reason ?? "") + (one.priority ? ", comes first" : ""),
  ]);
  show("waiting", table("Mentees who wait, next first", heads, rows, "Nobody is waiting."));
}

export function drawRuns(page) {
  const heads = [["Run", ""], ["State", ""], ["Asked", ""], ["Pairs", ""],
    ["Unserved", "number"], ["Across", "number aside"]];
  const rows = page.items.map((run) => [
    streamButton(`run-${run.run_id}`, short(run.run_id)),
    badge(run.state),
    date(run.requested_at),
    run.pairs === null ? "" : `${run.pairs} of ${run.mentees}`,
    run.unserved,
    run.cross_functional_pairs,
  ]);
  show("runs", table("Matching runs, newest first", heads, rows, "No run yet."));
}

export function drawLag(lags, faults) {
  const heads = [["Consumer", ""], ["Hears", ""], ["Behind", "number"]];
  const name = (lag) => `${lag.service} · ${words(lag.consumer)}`;
  const rows = lags.map((lag) => [name(lag), lag.source, far(lag)]);
  show("lag", rows.length || !faults.length ? table("Consumers", heads, rows, "None.") : null,
    ...faults.map(([service, why]) => quiet(`${service}: ${why}`)));
}

function far(lag) {
  if (typeof lag.behind !== "number") return `at ${count(lag.applied)}`;
  return lag.behind ? make("span", { class: "under" }, count(lag.behind)) : "0";
}

export function drawParked(parked, faults) {
  const heads = [["Stream", ""], ["Event", ""], ["Cause", ""]];
  const rows = parked.map((one) => [
    streamButton(one.stream), sentence(one.type),
    one.waiting ? "waits behind another" : one.cause,
  ]);
  const empty = faults.length ? "Not visible with this token." : "Nothing is parked.";
  show("parked", table("Messages that could not be handled", heads, rows, empty));
}

export function drawTimeline(page) {
  const entries = page.items.map((entry) => make("li", {},
    make("strong", {}, sentence(entry.type)),
    quiet(`${date(entry.recorded_at)}, ${time(entry.recorded_at)} · ${words(entry.right)}`),
    make("details", {}, make("summary", {}, `version ${entry.version}`),
      make("pre", { tabindex: "0" }, JSON.stringify(entry.content, null, 1)))));
  show("timeline", entries.length
    ? make("ol", { class: "times" }, ...entries)
    : quiet("Nothing has happened in this stream."));
}
