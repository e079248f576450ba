// A process for sharp, which accepts the same lines as worker.py. Run it next to node_modules.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const sharp = createRequire(`${process.cwd()}/`)('sharp');
sharp.cache(false);
sharp.concurrency(1);
// The defaults, unless an effort is given.
const effort = process.argv[2] ? { effort: Number(process.argv[2]) } : {};

const versions = { sharp: sharp.versions.sharp, "sharp's libvips": sharp.versions.vips, 'Node.js': process.versions.node };

let held = { path: null, data: null };
function source(path) {
  if (held.path !== path) held = { path, data: readFileSync(path) };
  return held.data;
}

function peak() {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
}

function render(data, { fit, width, height, format, quality, animated = false }) {
  const resized = sharp(data, { animated }).resize({ width, height, fit, withoutEnlargement: true });
  const lossy = format === 'png' || format === 'gif' ? {} : { quality };
  return resized[format]({ ...lossy, ...effort }).toBuffer();
}

async function once(data, task) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const out = await render(data, task);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return [out, { ms, cpu: (user + system) / 1e3, bytes: out.length }];
}

async function pair(data, task, calls) {
  async function requests() {
    for (let i = 0; i < calls; i++) await render(data, task);
  }
  await Promise.all([render(data, task), render(data, task)]);
  const start = performance.now();
  await Promise.all([requests(), requests()]);
  return { rate: (2 * calls * 1e3) / (performance.now() - start) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { do: what, task, path, calls } = JSON.parse(line);
  let answer = { versions };
  if (task && what === 'pair') {
    answer = await pair(source(task.path), task, calls);
  } else if (task) {
    const [out, measured] = await once(source(task.path), task);
    answer = measured;
    if (what === 'write') writeFileSync(path, out);
  }
  console.log(JSON.stringify({ ...answer, peak: peak() }));
}
