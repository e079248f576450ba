// The page at `/`. It calls the API and fetches deliveries like any other client. It keeps the token
// in memory only: not in storage or a cookie, and in the address only until it is read.

const element = (id) => document.getElementById(id);
const OPTIONS = [
  ["w=480", "width only"],
  ["w=320,h=320,fit=cover,gravity=auto", "a square around the salient region"],
  ["w=320,h=320,fit=pad,background=navy", "padded to a square"],
  ["w=480,quality=low", "low quality"],
  ["w=480,sharpen=3", "sharpened"],
  ["w=480,blur=12", "blurred"],
  ["w=480,saturation=0,contrast=1.2", "gray, with more contrast"],
  ["w=480,rotate=90", "rotated"],
  ["w=480,flip=h,border=8,border.color=tomato", "mirrored, with a border"],
];
const ACCEPT = "image/avif,image/webp,image/png,image/jpeg,image/*;q=0.8";

const session = { account: "", token: "", skew: 0, flexible: false };
let image = null; // the record of the shown picture
let variants = {}; // the account's variants, by id
let work = new AbortController(); // cancels requests for the previous picture
let proof = new AbortController(); // cancels the previous proof
let blobs = []; // object URLs to revoke

// --- requests

class Refused extends Error {}

/** Calls the API and returns `result` of its envelope. */
async function api(method, path, body) {
  const headers = { Authorization: `Bearer ${session.token}` };
  if (body && !(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  const url = `/accounts/${encodeURIComponent(session.account)}/images/${path}`;
  const response = await fetch(url, { method, headers, body, cache: "no-store" });
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (date) session.skew = date - Date.now();
  const envelope = await response.json().catch(() => null);
  if (envelope?.success) return envelope.result;
  const error = envelope?.errors?.[0];
  throw new Refused(error ? `${error.message} (${response.status}, code ${error.code})` : `status ${response.status}`);
}

/** Fetches a delivery as a browser's `<img>` would, and retries while the server is overloaded. */
async function deliver(url, signal) {
  const { pathname, search } = new URL(url);
  for (let attempt = 1; ; attempt += 1) {
    const start = performance.now();
    const response = await fetch(pathname + search, { headers: { Accept: ACCEPT }, cache: "no-store", signal });
    const blob = await response.blob();
    const ms = performance.now() - start;
    if (response.status !== 503 || attempt === 4) {
      const why = response.ok ? "" : (await blob.text()).trim();
      return { status: response.status, ok: response.ok, blob, ms, why };
    }
    await pause(1000 * (Number(response.headers.get("Retry-After")) || 1), signal);
  }
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
  });
}

// --- words and numbers

const number = new Intl.NumberFormat("en", { useGrouping: true });
// A number and its unit stay on one line.
const bytes = (n) => (n < 1000 ? `${n}\u00a0B` : n < 1e6 ? `${(n / 1000).toFixed(1)}\u00a0kB`
  : `${(n / 1e6).toFixed(2)}\u00a0MB`);
const format = (type) => ({ "image/jpeg": "JPEG", "image/webp": "WebP", "image/png": "PNG", "image/gif": "GIF",
  "image/avif": "AVIF" })[type.split(";")[0]] ?? type;
const duration = (ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)}\u00a0ms`;

function say(text) { element("status").textContent = text; }

function problem(error) {
  if (error?.name === "AbortError") return;
  element("problem").textContent = error ? `${error.message}` : "";
  element("problem").hidden = !error;
}

/** Wraps an event handler, and shows its errors. */
const guarded = (handler) => async (event) => {
  event?.preventDefault?.();
  problem(null);
  try { await handler(event); } catch (error) { problem(error); }
};

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // without permission, or on plain HTTP from another host
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    button.focus();
  }
  const label = button.textContent;
  if (label !== "Copied") {
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = label; }, 1500);
  }
  say("Copied the URL.");
}

/** Shows a picture of `blob` in `img` and returns its size in pixels. */
async function show(img, blob, alt) {
  const address = URL.createObjectURL(blob);
  blobs.push(address);
  img.src = address;
  img.alt = alt;
  img.hidden = false;
  await img.decode();
  return `${number.format(img.naturalWidth)} × ${number.format(img.naturalHeight)} px`.replaceAll(" ", "\u00a0");
}

// --- access

async function count() {
  const { current, allowed } = (await api("GET", "v1/stats")).count;
  element("usage").textContent = `Account ${session.account}: ${number.format(current)} of ${number.format(allowed)} `
    + `image${allowed === 1 ? "" : "s"}.`;
}

async function connect() {
  await count();
  session.flexible = (await api("GET", "v1/config")).flexible_variants;
  element("access").hidden = true;
  element("connected").hidden = element("drop").hidden = false;
}

function disconnect() {
  forget();
  session.account = session.token = "";
  element("connected").hidden = element("drop").hidden = true;
  element("access").hidden = false;
  element("account").focus();
}

/** Reads `#account=…&token=…`, and removes it from the address. */
function readFragment() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (location.hash) history.replaceState(null, "", location.pathname);
  session.account = given.get("account") ?? "";
  session.token = given.get("token") ?? "";
  element("account").value = session.account;
  return session.account && session.token;
}

// --- a picture

function forget() {
  work.abort();
  proof.abort();
  work = new AbortController();
  blobs.forEach((address) => URL.revokeObjectURL(address));
  blobs = [];
  image = null;
  element("work").hidden = element("proof").hidden = true;
  element("drop").classList.remove("small");
}

async function upload(file) {
  forget();
  const { signal } = work;
  const form = new FormData();
  form.append("file", file);
  say(`Uploading ${file.name}.`);
  const start = performance.now();
  const record = await api("POST", "v1", form);
  const ms = performance.now() - start;
  variants = (await api("GET", "v1/variants")).variants;
  if (signal.aborted) return;
  image = record;
  element("drop").classList.add("small");
  element("work").hidden = false;
  element("source-name").textContent = file.name;
  const size = await show(element("source"), file, `The original, ${file.name}`);
  element("source-numbers").textContent = `${size} · ${bytes(file.size)} · ${format(file.type)}`;
  element("source-time").textContent = `uploaded in ${duration(ms)}`;
  setPrivate(Boolean(image.requireSignedURLs));
  fillSelect();
  await count();
  await fillCards(signal);
}

/** The delivery URL whose last segment is a variant's id or options. */
function urlOf(last) {
  const known = image.variants[0];
  if (!known) throw new Error("the account has no variants, so the delivery URL is unknown");
  return known.slice(0, known.lastIndexOf("/") + 1) + last.replace(/[#?/\s]/g, encodeURIComponent);
}

async function fillCards(signal) {
  const named = Object.values(variants).map((variant) => {
    const { fit, width, height } = variant.options;
    return card(element("variants"), variant.id, `${fit} · ${width ?? "auto"} × ${height ?? "auto"}`, signal);
  });
  element("variants").replaceChildren(...named.map((made) => made.figure));
  await fillOptions(signal, named);
}

async function fillOptions(signal, before = []) {
  element("allow").hidden = session.flexible;
  element("own").hidden = !session.flexible;
  const cards = session.flexible ? OPTIONS.map(([text, about]) => card(element("options"), text, about, signal)) : [];
  element("options").replaceChildren(...cards.map((made) => made.figure));
  // One at a time, so that each time measures one render.
  for (const made of [...before, ...cards]) await made.load();
  say(`Showing ${before.length} variants and ${cards.length} options.`);
}

/** A card for one variant or options; `load` fetches it twice, the second time from the store. */
function card(list, last, about, signal) {
  const figure = element("card").content.cloneNode(true).querySelector("figure");
  const [img, title, rule, numbers, time, button] = ["img", "h3", ".rule", ".numbers", ".time", "button"]
    .map((selector) => figure.querySelector(selector));
  figure.dataset.name = last;
  // Long options break after a comma.
  title.append(...last.split(/(?<=,)/).flatMap((part) => [document.createElement("wbr"), part]));
  rule.textContent = about;
  const load = async () => {
    figure.ariaBusy = "true";
    const url = urlOf(last);
    const first = await deliver(url, signal);
    if (first.ok) {
      const again = await deliver(url, signal);
      const size = await show(img, first.blob, `${last}: ${about}`);
      numbers.textContent = `${size} · ${bytes(first.blob.size)} · ${format(first.blob.type)}`;
      time.textContent = `${duration(first.ms)}, then ${duration(again.ms)}`;
      button.disabled = false;
      button.ariaLabel = `Copy the URL of ${last}`;
      button.addEventListener("click", () => copy(url, button));
    } else {
      figure.classList.add("refused");
      numbers.textContent = `${first.status}: ${first.why}`;
    }
    figure.ariaBusy = "false";
    figure.dataset.status = first.status;
  };
  return { figure, load };
}

async function remove() {
  await api("DELETE", `v1/${encodeURIComponent(image.id)}`);
  forget();
  say("Deleted.");
  await count();
}

// --- private pictures

function setPrivate(on) {
  element("private").checked = on;
  element("do-sign").disabled = !on;
}

function fillSelect() {
  const signable = Object.values(variants).filter((variant) => !variant.neverRequireSignedURLs);
  element("variant").replaceChildren(...signable.map(({ id }) => new Option(id, id)));
}

async function togglePrivate() {
  const wanted = element("private").checked;
  element("do-sign").disabled = true;
  try {
    image = await api("PATCH", `v1/${encodeURIComponent(image.id)}`, { requireSignedURLs: wanted });
  } finally { // unchanged if the server refused
    setPrivate(Boolean(image.requireSignedURLs));
  }
  proof.abort();
  element("proof").hidden = true;
  say(image.requireSignedURLs ? "The picture is private." : "The picture is public.");
}

/** Adds `exp` and `sig` to `url`: an HMAC-SHA256 of path and query, keyed with the key's text. */
async function signed(url, expires) {
  if (!crypto.subtle) throw new Error("signing in a browser requires HTTPS or localhost");
  const [key] = (await api("GET", "v1/keys")).keys;
  const text = new TextEncoder();
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", text.encode(key.value), hmac, false, ["sign"]);
  const path = url.slice(new URL(url).origin.length);
  const mac = await crypto.subtle.sign("HMAC", imported, text.encode(`${path}?exp=${expires}`));
  const sig = Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${url}?exp=${expires}&sig=${sig}`;
}

async function prove() {
  proof.abort();
  proof = new AbortController();
  const { signal } = proof;
  const url = urlOf(element("variant").value);
  const now = () => (Date.now() + session.skew) / 1000;
  const shared = await signed(url, Math.floor(now()) + element("seconds").valueAsNumber);
  const expires = Number(new URL(shared).searchParams.get("exp"));
  element("signed-url").value = shared;
  element("proof").hidden = false;
  element("signed-picture").hidden = true;
  for (const id of ["stranger", "signed", "after"]) answer(id, null);

  answer("stranger", await deliver(url, signal));
  const seen = await deliver(shared, signal);
  answer("signed", seen);
  if (seen.ok) await show(element("signed-picture"), seen.blob, "The picture at the signed URL");
  // A URL is valid through the second of its expiry; the server's clock was read to the second.
  for (let left; (left = Math.ceil(expires + 2 - now())) > 0; await pause(250, signal)) {
    element("after").querySelector(".answer").textContent = `in ${number.format(left)} s`;
  }
  answer("after", await deliver(shared, signal));
  say("The signed URL has expired.");
}

/** Shows the response of a delivery. */
function answer(id, delivered) {
  const item = element(id);
  delete item.dataset.status;
  const place = item.querySelector(".answer");
  place.replaceChildren();
  if (!delivered) return;
  item.dataset.status = delivered.status;
  const status = document.createElement("strong");
  status.textContent = delivered.status;
  status.className = delivered.ok ? "yes" : "no";
  const rest = delivered.ok ? `${bytes(delivered.blob.size)}, ${format(delivered.blob.type)}` : delivered.why;
  place.append(status, document.createElement("br"), rest);
}

// --- event handlers

element("access").addEventListener("submit", guarded(async () => {
  session.account = element("account").value.trim();
  session.token = element("token").value.trim();
  await connect();
  element("token").value = "";
  element("file").focus();
}));
element("disconnect").addEventListener("click", disconnect);
element("file").addEventListener("change", guarded(async ({ target }) => {
  const [file] = target.files;
  if (file) await upload(file);
  target.value = "";
}));
element("delete").addEventListener("click", guarded(remove));
element("allow").addEventListener("click", guarded(async () => {
  session.flexible = (await api("PATCH", "v1/config", { flexible_variants: true })).flexible_variants;
  await fillOptions(work.signal);
}));
element("own").addEventListener("submit", guarded(async () => {
  const made = card(element("options"), element("text").value.trim(), "your own", work.signal);
  element("options").prepend(made.figure);
  await made.load();
}));
element("private").addEventListener("change", guarded(togglePrivate));
element("sign").addEventListener("submit", guarded(prove));
element("copy-signed").addEventListener("click", ({ target }) => copy(element("signed-url").value, target));

// The whole page accepts drops: otherwise the browser would open a picture that misses the field.
const drop = element("drop");
const over = (on) => (event) => { event.preventDefault(); drop.classList.toggle("over", on && !drop.hidden); };
addEventListener("dragover", over(true));
addEventListener("dragleave", over(false));
addEventListener("drop", guarded(async (event) => {
  over(false)(event);
  const [file] = event.dataTransfer?.files ?? [];
  if (file && !drop.hidden) await upload(file);
}));

if (readFragment()) {
  guarded(async () => {
    element("access").hidden = false;
    await connect();
  })();
} else {
  element("access").hidden = false;
  element(session.account ? "token" : "account").focus();
}
