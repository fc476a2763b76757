/**
 * The network page: fetches network.json every few seconds and brings the document up to date.
 *
 * Names are chosen by strangers, so whatever was fetched goes into the document as text. Elements stay where they are
 * from one fetch to the next, and with them focus and selection; only what has changed is written.
 *
 * What the fields of the data mean is told by corda_operator/network/page/view.py.
 */

/** @typedef {(Node | string)[]} Content What an element is to hold; strings become text. */

/**
 * @template Item
 * @typedef {{label: string, content: (item: Item) => Content, style?: string}} Column
 */

const PERIOD = 5_000;
const PATIENCE = 10_000;
const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const WARN_BEFORE_EXPIRY = 30 * DAY;
const MINUTES = 60;
const MOST_AWAY = 5;
const MOST_NEWS = 3;
const TOKEN = "corda-network-token";
const TITLE = "Corda network";
const NONE = "–";

const STATES = { Reachable: "good", Unreachable: "bad", Unknown: "unknown" };
const MARKS = { good: "✓", warn: "!", bad: "✕", unknown: "?" };
const ROLES = { NodeCA: "Node", NotaryService: "Notary service" };
const AUTHORITIES = { Root: "Root", IdentityManager: "Identity manager", NetworkMap: "Network map" };

const current = {
  /** Number of the newest request; answers to older ones count for nothing. */
  request: 0,
  timer: 0,
  token: sessionStorage.getItem(TOKEN),
  etag: null,
  view: null,
  /** When `view` was confirmed last, by this machine's clock. */
  fetched: 0,
  failure: "",
  /** By how much the network services' clock is ahead of this machine's. */
  skew: 0,
};

// ---------------------------------------------------------------------------------------------------------------------
// Words and numbers

// The words of this page are English; how numbers and dates are written is the viewer's own.
const numbers = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const times = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const clocks = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const hours = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat("en");
const countries = new Intl.DisplayNames("en", { type: "region" });
const UNITS = Object.entries({ year: 31_557_600, month: 2_629_800, day: 86_400, hour: 3_600, minute: 60, second: 1 });

const now = () => Date.now() + current.skew;

function distance(milliseconds) {
  const seconds = milliseconds / SECOND;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? [];
  return unit ? relative.format(Math.trunc(seconds / size), unit) : "just now";
}

function count(number, one, many = `${one}s`) {
  return `${numbers.format(number)} ${number === 1 ? one : many}`;
}

function mebibytes(bytes) {
  return `${numbers.format(bytes / 2 ** 20)} MiB`;
}

function country(code) {
  return /^[A-Z]{2}$/.test(code) ? countries.of(code) : code;
}

/** Return text with a sign for each character that nobody sees and that would turn round what stands beside it. */
function legible(text) {
  return text.replace(/[^\P{Cc}\n]|[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, "\uFFFD");
}

/** Return a name for the middle of a sentence, whichever way it is written. */
function isolated(name) {
  return `\u2068${legible(name)}\u2069`;
}

// ---------------------------------------------------------------------------------------------------------------------
// Elements

const byId = (id) => document.getElementById(id);

/** @param {Content} content */
function make(tag, style, ...content) {
  const element = document.createElement(tag);
  if (style) {
    element.className = style;
  }
  element.append(...content);
  return element;
}

function write(id, text) {
  const element = byId(id);
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Have an element hold just this, leaving it alone if it does already. */
function hold(element, content) {
  const fresh = element.cloneNode(false);
  fresh.append(...content);
  if (!fresh.isEqualNode(element)) {
    element.replaceChildren(...fresh.childNodes);
  }
}

function nameOf(text, style = "") {
  return make("bdi", style, legible(text));
}

const detail = (...content) => make("div", "detail", ...content);

function timeOf(iso, format = times) {
  const time = make("time", "", `${format.format(new Date(iso))} `, make("span", "relative"));
  time.dateTime = iso;
  showDistance(time);
  return time;
}

function showDistance(time) {
  const span = time.querySelector(".relative");
  const text = distance(Date.parse(time.dateTime) - now());
  if (span.textContent !== text) {
    span.textContent = text;
  }
}

function badge(kind, text) {
  const mark = make("span", "", MARKS[kind]);
  mark.setAttribute("aria-hidden", "true");
  return make("span", `badge ${kind}`, mark, " ", text);
}

function expiryKind(iso) {
  const left = Date.parse(iso) - now();
  if (left <= 0) {
    return "bad";
  }
  return left <= WARN_BEFORE_EXPIRY ? "warn" : "good";
}

/** @param {string | null} iso */
function expiryOf(iso, kind) {
  const words = { bad: "Expired", warn: "Expires soon" };
  if (!iso) {
    return [NONE];
  }
  const date = timeOf(iso, dates);
  return kind in words ? [badge(kind, words[kind]), detail(date)] : [date];
}

const shown = new WeakMap();

/**
 * Give a parent one child for each item, in their order, keeping the children that there are.
 *
 * @param {(item: any) => string} key tells items apart
 * @param {() => Element} create
 * @param {(child: Element, item: any) => void} update is called only for an item that is not as it was
 */
function keep(parent, items, key, create, update) {
  const wanted = new Set(items.map(key));
  const there = new Map();
  for (const child of [...parent.children]) {
    if (wanted.has(child.dataset.key)) {
      there.set(child.dataset.key, child);
    } else {
      child.remove();
    }
  }
  let next = parent.firstElementChild;
  for (const item of items) {
    const child = there.get(key(item)) ?? create();
    child.dataset.key = key(item);
    if (child === next) {
      next = next.nextElementSibling;
    } else {
      parent.insertBefore(child, next);
    }
    const content = JSON.stringify(item);
    if (shown.get(child) !== content) {
      shown.set(child, content);
      update(child, item);
    }
  }
}

/** @param {Column<any>[]} columns */
function keepTable(id, columns, items, key) {
  const table = byId(id);
  const heads = table.tHead.rows[0];
  if (!heads.cells.length) {
    heads.append(...columns.map(headOf));
  }
  const update = (row, item) => columns.forEach(({ content }, index) => hold(row.cells[index], content(item)));
  keep(table.tBodies[0], items, key, () => rowOf(columns), update);
  table.hidden = !items.length;
  byId(`${id}-empty`).hidden = items.length > 0;
}

// Roles are spelled out because browsers take them from tables that style sheets lay out as cards.
function headOf({ label, style }) {
  const head = make("th", style, label);
  head.scope = "col";
  head.setAttribute("role", "columnheader");
  return head;
}

function rowOf(columns) {
  const cells = columns.map(({ label, style }, index) => {
    const cell = make(index ? "td" : "th", style);
    cell.setAttribute("role", index ? "cell" : "rowheader");
    if (index) {
      cell.dataset.label = label;
    } else {
      cell.scope = "row";
    }
    return cell;
  });
  const row = make("tr", "", ...cells);
  row.setAttribute("role", "row");
  return row;
}

// ---------------------------------------------------------------------------------------------------------------------
// The parts of the page

function showOverview(view) {
  const lost = view.nodes.filter((node) => node.state === "Unreachable");
  const [kind, text] = verdict(view);
  byId("verdict").className = `verdict ${kind}`;
  write("verdict-text", text);
  keep(
    byId("away"),
    lost.slice(0, MOST_AWAY),
    (node) => node.legalName,
    () => make("li", ""),
    (item, node) => hold(item, [nameOf(node.legalName), ...(node.since ? [", since ", timeOf(node.since)] : [])]),
  );
  write("away-more", lost.length > MOST_AWAY ? `and ${numbers.format(lost.length - MOST_AWAY)} more` : "");

  write("members-figure", `${numbers.format(view.membersListed)} of ${numbers.format(view.membersAdmitted)}`);
  write("members-detail", "with a node on the network");
  write("nodes-figure", `${numbers.format(view.nodesAvailable)} of ${numbers.format(view.nodeCount)}`);
  const [away, unknown] = [unreachable(view), view.nodesUnknown].map(numbers.format);
  write("nodes-detail", `${away} unreachable, ${unknown} unknown`);
  write("pending-figure", numbers.format(view.pendingCount));
  write("pending-detail", "for a certificate");
  showTransactionFigures(view.transactions);
}

const unreachable = (view) => view.nodeCount - view.nodesAvailable - view.nodesUnknown;

function verdict(view) {
  const away = unreachable(view);
  if (!view.nodeCount) {
    return ["unknown", "The network has no nodes yet"];
  }
  if (away) {
    const verb = away === 1 ? "is" : "are";
    return ["bad", `${numbers.format(away)} of ${count(view.nodeCount, "node")} ${verb} unreachable`];
  }
  if (view.nodesUnknown === view.nodeCount) {
    return ["unknown", "Whether the nodes can be reached is not known yet"];
  }
  if (view.nodesUnknown) {
    return ["unknown", `No node is unreachable; of ${numbers.format(view.nodesUnknown)} it is not known`];
  }
  const all = view.nodeCount === 1 ? "The only node is" : `All ${count(view.nodeCount, "node")} are`;
  return ["good", `${all} reachable`];
}

function showTransactionFigures({ known, perMinute, total, since }) {
  write("transactions-figure", known ? numbers.format(perMinute) : "Unknown");
  hold(
    byId("transactions-detail"),
    known && since ? [`${numbers.format(total)} since `, timeOf(since)] : ["notaries’ figures can’t be read"],
  );
}

function showTransactions({ known, minutes }) {
  byId("transactions-unknown").hidden = known;
  byId("chart").hidden = !known;
  const last = known ? minutes.slice(-MINUTES) : [];
  const highest = last.reduce((one, other) => (other.count > one.count ? other : one), { count: 0, start: "" });
  const bars = last.map((minute, index) => ({
    ...minute,
    slot: MINUTES - last.length + index,
    share: minute.count / (highest.count || 1),
    open: index === last.length - 1,
  }));
  keep(chart(), bars, (minute) => minute.start, () => vector("rect", { class: "bar" }), placeBar);
  write("chart-highest", highest.count ? numbers.format(highest.count) : "");
  write("chart-caption", highest.count ? chartCaption(highest) : "Nothing was notarised in the last hour.");
  keepTable("minutes", MINUTE_COLUMNS, bars, (minute) => minute.start);
}

function chartCaption({ count, start }) {
  const most = `${numbers.format(count)}, at ${hours.format(new Date(start))}`;
  return `Each bar is a minute; the last one is not over. The most were ${most}.`;
}

function vector(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(element, attributes);
  return element;
}

function setAttributes(element, attributes) {
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
}

/** Return the drawing, 10 units wide a minute and 100 high. */
function chart() {
  const plot = document.querySelector(".plot");
  if (!plot.querySelector("svg")) {
    const box = { viewBox: `0 0 ${MINUTES * 10} 100`, preserveAspectRatio: "none" };
    plot.append(vector("svg", { ...box, role: "img", "aria-labelledby": "transactions-heading chart-caption" }));
  }
  return plot.querySelector("svg");
}

function placeBar(bar, { slot, share, open }) {
  // What is not nothing is to be seen.
  const height = share ? Math.max(share * 100, 1) : 0;
  setAttributes(bar, { x: slot * 10 + 1, y: 100 - height, width: 8, height });
  bar.classList.toggle("open", open);
}

/** @type {Column<any>[]} */
const MINUTE_COLUMNS = [
  { label: "Minute", content: ({ start }) => [timeOf(start)] },
  { label: "Transactions", content: ({ count, open }) => [numbers.format(count), open ? " (not over)" : ""] },
];

/** @type {Column<any>[]} */
const NODE_COLUMNS = [
  {
    label: "Node",
    content: (node) => [
      nameOf(node.organisation, "strong"),
      detail(nameOf(node.legalName)),
      ...(node.serviceLegalName ? [detail("Notary: ", nameOf(node.serviceLegalName))] : []),
    ],
  },
  {
    label: "State",
    style: "state",
    content: ({ state, since }) => [
      badge(STATES[state] ?? "unknown", state),
      ...(since ? [detail("since ", timeOf(since))] : []),
    ],
  },
  {
    label: "Where",
    content: (node) => [
      nameOf(node.locality),
      ", ",
      country(node.country),
      ...node.addresses.map((address) => detail(make("code", "", legible(address)))),
    ],
  },
  { label: "Platform", content: ({ platformVersion }) => [String(platformVersion)] },
  { label: "Published", content: ({ published }) => [timeOf(published)] },
  { label: "Certificate until", content: (node) => expiryOf(node.certificateExpiry, node.expiryKind) },
  {
    label: "New parameters",
    style: "proposal",
    content: ({ acceptedUpdate }) =>
      acceptedUpdate === null ? [NONE] : [acceptedUpdate ? badge("good", "Accepted") : badge("warn", "Awaited")],
  },
];

function showNodes(view) {
  const nodes = view.nodes.map((node) => ({ ...node, expiryKind: expiryKind(node.certificateExpiry) }));
  keepTable("nodes", NODE_COLUMNS, nodes, (node) => node.legalName);
  byId("search").hidden = !nodes.length;
  showMatches();
}

/** Show the rows of those nodes that are searched for. */
function showMatches() {
  const { nodes, nodeCount } = current.view;
  const words = folded(byId("filter").value).split(/\s+/).filter(Boolean);
  const state = byId("state").value;
  const rows = byId("nodes").tBodies[0].rows;
  let matches = 0;
  nodes.forEach((node, index) => {
    const text = words.length ? searched(node) : "";
    const fits = (!state || node.state === state) && words.every((word) => text.includes(word));
    rows[index].hidden = !fits;
    matches += fits;
  });
  const first = nodes.length < nodeCount ? `the first ${numbers.format(nodes.length)} of ` : "";
  const some = matches < nodes.length ? `${numbers.format(matches)} of ` : "";
  write("matches", some + first + count(nodeCount, "node"));
}

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();

function searched(node) {
  const place = [node.locality, country(node.country), node.country];
  return folded([node.legalName, node.serviceLegalName ?? "", ...place, ...node.addresses].join("\n"));
}

const statesOf = (nodes) => nodes.map((node) => node.state);

function availability(states) {
  if (states.every((state) => state === "Reachable")) {
    return badge("good", "Reachable");
  }
  const away = states.filter((state) => state === "Unreachable").length;
  if (!away) {
    return badge("unknown", "Unknown");
  }
  return badge("bad", states.length === 1 ? "Unreachable" : `${numbers.format(away)} unreachable`);
}

/** @type {Column<any>[]} */
const MEMBER_COLUMNS = [
  { label: "Organisation", content: ({ organisation }) => [nameOf(organisation, "strong")] },
  {
    label: "Admission",
    content: ({ admission }) => [badge(admission === "Admitted" ? "good" : "bad", admission)],
  },
  { label: "Listed nodes", content: ({ nodes }) => [numbers.format(nodes)] },
  {
    label: "Their state",
    // Of the nodes, not all may have been sent.
    content: ({ nodes, states }) => [nodes && states.length === nodes ? availability(states) : NONE],
  },
];

function showMembers({ members, nodes }) {
  const listed = Map.groupBy(nodes, (node) => node.organisation);
  const items = members.map((member) => ({ ...member, states: statesOf(listed.get(member.organisation) ?? []) }));
  keepTable("members", MEMBER_COLUMNS, items, (member) => member.organisation);
}

/** @type {Column<any>[]} */
const NOTARY_COLUMNS = [
  { label: "Notary service", content: ({ serviceLegalName }) => [nameOf(serviceLegalName, "strong")] },
  { label: "Kind", content: ({ validating }) => [validating ? "Validating" : "Non-validating"] },
  {
    label: "Registered",
    content: ({ registered }) => [registered ? badge("good", "Registered") : badge("warn", "Not yet")],
  },
  { label: "Its nodes", content: ({ states }) => [states.length ? availability(states) : NONE] },
];

function showNotaries({ notaries, nodes }) {
  const items = notaries.map((notary) => ({
    ...notary,
    states: statesOf(nodes.filter((node) => node.serviceLegalName === notary.serviceLegalName)),
  }));
  keepTable("notaries", NOTARY_COLUMNS, items, (notary) => notary.serviceLegalName);
}

/** What parameters say, by its label: values, and how one is shown. */
const PARAMETERS = {
  Epoch: [({ epoch }) => [numbers.format(epoch)]],
  Notaries: [
    ({ notaries }) => notaries.map((each) => `${each.serviceLegalName}${each.validating ? " (validating)" : ""}`),
    (name) => make("div", "", nameOf(name)),
  ],
  "Minimum platform version": [({ minimumPlatformVersion }) => [String(minimumPlatformVersion)]],
  "Largest message": [({ maxMessageSize }) => [mebibytes(maxMessageSize)]],
  "Largest transaction": [({ maxTransactionSize }) => [mebibytes(maxTransactionSize)]],
  "Event horizon": [({ eventHorizonSeconds }) => [count((eventHorizonSeconds * SECOND) / DAY, "day")]],
  Modified: [({ modified }) => [modified], (modified) => timeOf(modified)],
  Hash: [({ hash }) => [hash], (hash) => make("code", "", hash)],
};

/** In these, each proposal differs. */
const ALWAYS_NEW = ["Epoch", "Modified", "Hash"];

function parameterContent(label, values) {
  const [, content = String] = PARAMETERS[label];
  return values?.length ? values.map(content) : [NONE];
}

/** @type {Column<any>[]} */
const PARAMETER_COLUMNS = [
  { label: "Parameter", content: ({ label }) => [label] },
  { label: "In force", content: ({ label, before }) => parameterContent(label, before) },
  {
    label: "Proposed",
    style: "proposal",
    content: ({ label, after, changes }) => [
      ...parameterContent(label, after),
      ...(changes ? [" ", badge("warn", "Changes")] : []),
    ],
  },
];

function showParameters({ parameters, update }) {
  const rows = Object.entries(PARAMETERS).map(([label, [values]]) => {
    const [before, after] = [parameters, update?.parameters].map((each) => (each ? values(each) : null));
    const changes = Boolean(after) && String(after) !== String(before) && !ALWAYS_NEW.includes(label);
    return { label, before, after, changes };
  });
  keepTable("parameters", PARAMETER_COLUMNS, parameters || update ? rows : [], ({ label }) => label);
  document.body.classList.toggle("proposed", Boolean(update));
  byId("update").hidden = !update;
  if (update) {
    write("update-description", legible(update.description));
    hold(byId("update-deadline"), [timeOf(update.deadline)]);
    write("accepted-summary", `Accepted by ${count(update.acceptedBy.length, "node")}`);
    write("awaited-summary", `Awaited from ${count(update.waitingFor.length, "node")}`);
    showNames("accepted", update.acceptedBy);
    showNames("awaited", update.waitingFor);
  }
}

function showNames(id, names) {
  keep(byId(id), names, String, () => make("li", ""), (item, name) => hold(item, [nameOf(name)]));
}

/** @type {Column<any>[]} */
const PENDING_COLUMNS = [
  { label: "Legal name", content: ({ legalName }) => [nameOf(legalName, "strong")] },
  { label: "For a", content: ({ role }) => [ROLES[role] ?? role] },
  { label: "Received", content: ({ received }) => [timeOf(received)] },
  { label: "SHA-256 of key", content: ({ keySHA256 }) => [make("code", "", keySHA256)] },
];

function showPending({ pending, pendingCount }) {
  keepTable("pending", PENDING_COLUMNS, pending, (each) => [each.legalName, each.role, each.keySHA256].join("\n"));
  byId("pending-more").hidden = pending.length === pendingCount;
  write("pending-more", `These are the oldest ${numbers.format(pending.length)} of ${numbers.format(pendingCount)}.`);
}

/** @type {Column<any>[]} */
const AUTHORITY_COLUMNS = [
  { label: "Certificate", content: ({ name }) => [AUTHORITIES[name] ?? name] },
  { label: "Valid until", content: ({ expiry, kind }) => expiryOf(expiry, kind) },
];

function showAuthorities({ authorities, trustRootSHA256, log }) {
  const items = authorities.map((each) => ({ ...each, kind: expiryKind(each.expiry) }));
  keepTable("authorities", AUTHORITY_COLUMNS, items, ({ name }) => name);
  write("trust-root", trustRootSHA256 ?? NONE);
  write("log-block", numbers.format(log.block));
  write("log-hash", log.hash);
}

function title(view) {
  const missing = [
    unreachable(view) && `${view.nodesAvailable}/${view.nodeCount} nodes`,
    view.membersListed < view.membersAdmitted && `${view.membersListed}/${view.membersAdmitted} members`,
  ].filter(Boolean);
  return [...(current.failure ? ["Not up to date"] : []), ...missing, TITLE].join(" · ");
}

// ---------------------------------------------------------------------------------------------------------------------
// News: what is read out when it happens

function nodeNews(before, after) {
  const old = new Map(before.nodes.map((node) => [node.legalName, node.state]));
  const into = (state, from) => after.nodes.filter((node) => node.state === state && from(old.get(node.legalName)));
  const names = new Set(after.nodes.map((node) => node.legalName));
  return [
    [into("Unreachable", (state) => state !== "Unreachable"), "unreachable now"],
    [into("Reachable", (state) => state === "Unreachable"), "reachable again"],
    [after.nodes.filter((node) => !old.has(node.legalName)), "new on the network"],
    [before.nodes.filter((node) => !names.has(node.legalName)), "no longer on the network"],
  ].flatMap(([nodes, what]) =>
    nodes.length > MOST_NEWS
      ? [`${numbers.format(nodes.length)} nodes are ${what}.`]
      : nodes.map((node) => `${isolated(node.legalName)} is ${what}.`),
  );
}

function news(before, after) {
  const proposed = after.update && after.update.parameters.hash !== before.update?.parameters.hash;
  return [
    ...nodeNews(before, after),
    after.pendingCount > before.pendingCount && `${count(after.pendingCount, "request")} for a certificate pending.`,
    proposed && "New network parameters are proposed.",
  ].filter(Boolean);
}

// ---------------------------------------------------------------------------------------------------------------------
// Fetching

class RefusedError extends Error {}

/** Fetch the data; null if it has not changed. */
async function fetchView() {
  const headers = {};
  if (current.etag) {
    headers["If-None-Match"] = current.etag;
  }
  if (current.token) {
    headers.Authorization = `Bearer ${current.token}`;
  }
  const response = await fetch("network.json", { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  if (response.status === 304) {
    return null;
  }
  if (response.status === 401) {
    throw new RefusedError();
  }
  if (!response.ok) {
    throw new Error(response.status === 404 ? "the page is not enabled" : `they answer with HTTP ${response.status}`);
  }
  const view = await response.json();
  current.etag = response.headers.get("ETag");
  return view;
}

function reason(error) {
  const words = {
    TimeoutError: `they don't answer within ${count(PATIENCE / SECOND, "second")}`,
    TypeError: "they can't be reached",
    SyntaxError: "their answer can't be read",
  };
  return words[error.name] ?? error.message;
}

/** Fetch, show, and come back later. */
async function poll() {
  const request = ++current.request;
  clearTimeout(current.timer);
  let view = null;
  let error = null;
  try {
    view = await fetchView();
  } catch (thrown) {
    error = thrown;
  }
  if (request !== current.request) {
    return;
  }
  byId("loading").hidden = true;
  if (error instanceof RefusedError) {
    askForToken();
    return;
  }
  current.timer = setTimeout(poll, PERIOD);
  current.failure = error ? reason(error) : "";
  if (!error) {
    endAsking();
    take(view);
  }
  showFreshness();
}

/** @param {object | null} view null if it is the one that is shown */
function take(view) {
  const before = current.view;
  current.fetched = Date.now();
  if (view) {
    current.view = view;
    current.skew = Date.parse(view.time) - Date.now();
    if (before) {
      const told = news(before, view);
      if (told.length) {
        write("news", told.join(" "));
      }
    }
  }
  show(current.view);
}

function show(view) {
  byId("content").hidden = false;
  showOverview(view);
  showTransactions(view.transactions);
  showNodes(view);
  showMembers(view);
  showNotaries(view);
  showParameters(view);
  showPending(view);
  showAuthorities(view);
  document.querySelectorAll("#content time").forEach(showDistance);
}

/** Say how old the data is; the age stays out of what is read out, for it changes every second. */
function showFreshness() {
  const { view, failure, fetched } = current;
  const known = view ? " What is below is from the last fetch." : "";
  write("banner", failure ? `The network services give no data: ${failure}.${known}` : "");
  if (view) {
    byId("fetched").hidden = false;
    byId("fetched").classList.toggle("stale", Date.now() - fetched > 2 * PERIOD);
    byId("fetched-at").dateTime = new Date(fetched).toISOString();
    write("fetched-at", clocks.format(fetched));
    write("age", distance(fetched - Date.now()));
  }
  const text = view ? title(view) : TITLE;
  if (document.title !== text) {
    document.title = text;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Access

function askForToken() {
  const refused = Boolean(current.token);
  const idle = document.activeElement === document.body;
  forgetToken();
  current.failure = current.view ? "they ask for a token" : "";
  byId("access").hidden = false;
  showTokenError(refused ? "The network services refused this token." : "");
  if (refused || idle) {
    byId("token").focus();
  }
  showFreshness();
}

function endAsking() {
  const form = byId("access");
  if (form.contains(document.activeElement)) {
    byId("main").focus();
  }
  form.hidden = true;
}

function forgetToken() {
  current.token = null;
  sessionStorage.removeItem(TOKEN);
}

function showTokenError(text) {
  write("access-error", text);
  byId("token").setAttribute("aria-invalid", String(Boolean(text)));
}

function takeToken(event) {
  event.preventDefault();
  const token = byId("token").value.trim();
  if (!/^[\x21-\x7e]+$/.test(token)) {
    showTokenError("A token has only letters, digits and signs of ASCII, without spaces.");
    return;
  }
  current.token = token;
  sessionStorage.setItem(TOKEN, token);
  byId("token").value = "";
  showTokenError("");
  poll();
}

function start() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  write("zone", zone ? `, ${zone}` : "");
  byId("filter").addEventListener("input", showMatches);
  byId("state").addEventListener("change", showMatches);
  byId("access").addEventListener("submit", takeToken);
  document.addEventListener("visibilitychange", () => {
    // Browsers hardly let a hidden page's timers run.
    if (!document.hidden && byId("access").hidden) {
      poll();
    }
  });
  setInterval(showFreshness, SECOND);
  poll();
}

start();
