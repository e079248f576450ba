//! [`Palette`]: colors that follow the pictures.
//!
//! In: cells of colors. Out: colors, and the nearest of them to any color. Must not know of pixels.

use super::cells::{CELLS, Cell, Cells, center, key};

/// Maximum number of colors: one index is left for transparency.
pub(super) const MAX_COLORS: usize = 255;

/// How many colors are compared: one, and those nearest to it.
const NEAR: usize = 8;

/// Room for more, which keeps the compiler from unrolling loops over [`NEAR`] colors: it makes vectors
/// of these only as long as it does not know how many there are.
const ROOM: usize = 16;

/// At most this many colors are taken from where they gain least and given to where the error is
/// greatest, each time that the palette follows.
const MAX_MOVED: usize = 8;

/// The hint for a cell of which nothing is known.
const NO_HINT: u8 = u8::MAX;

/// Distances that are looked at together.
const CHUNK: usize = 16;

/// Every so many palettes the nearest color of a cell is looked for among all colors, not only among
/// those near to what was the nearest before.
const SEARCHES: u8 = 8;

/// Every so many palettes each color looks for those near to it.
const TURNS: usize = 4;

#[derive(Debug)]
pub(super) struct Palette {
    colors: Vec<[f32; 4]>,
    /// For each color, those nearest to it.
    /// The colors by channel.
    channels: [[f32; 256]; 3],
    near: Vec<Near>,
    /// For each cell, the color that was the nearest to its center at the last search, and the
    /// generation of the palette by then.
    hints: Vec<[u8; 2]>,
    generation: u8,
}

/// A color and those nearest to it, by channel, and their indices.
#[derive(Debug, Clone, Copy)]
struct Near {
    channels: [[f32; ROOM]; 3],
    indices: [u8; ROOM],
    length: usize,
}

/// The indices of [`Near`], as the low bits of a distance.
const TAGS: [u32; ROOM] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const TAG_MASK: u32 = 15;

/// The cells that are nearest to a color.
#[derive(Debug, Clone, Copy, Default)]
struct Cluster {
    count: f32,
    sums: [f32; 3],
    /// Sum of squared distances to the color.
    error: f32,
    /// The color that contributes most to the error, and how much.
    worst: ([f32; 3], f32),
    /// The color of most pixels, and of how many.
    commonest: ([f32; 3], f32),
}

/// What a palette makes of a picture.
#[derive(Debug)]
pub(super) struct Fit {
    clusters: Vec<Cluster>,
    /// The mean squared error of a pixel: the sum over its samples.
    pub(super) error: f32,
    pixels: f32,
}

impl Palette {
    /// Its size in memory.
    pub(super) const BYTES: u64 =
        (CELLS * size_of::<[u8; 2]>() + 256 * (size_of::<Near>() + size_of::<[f32; 4]>())) as u64;

    pub(super) fn new() -> Self {
        Self {
            colors: Vec::new(),
            channels: [[0.0; 256]; 3],
            near: Vec::new(),
            hints: vec![[NO_HINT, 0]; CELLS],
            generation: 0,
        }
    }

    pub(super) fn set(&mut self, colors: &[[u8; 3]]) {
        self.colors.clear();
        self.extend(colors);
    }

    /// Adds colors, as long as there is room.
    pub(super) fn extend(&mut self, colors: &[[u8; 3]]) {
        let room = MAX_COLORS - self.colors.len();
        self.colors
            .extend(colors.iter().take(room).map(|&[red, green, blue]| [red, green, blue, 0].map(f32::from)));
        self.hints.fill([NO_HINT, 0]);
        self.arrange(true, &[false; 256]);
    }

    /// The colors of the cells whose squared error is above `limit`, and their numbers of pixels.
    pub(super) fn misfits(&self, cells: &Cells, limit: f32) -> Vec<([f32; 3], f32)> {
        let colors = cells.used().iter().map(|cell| (cell, cell.color()));
        let misfits = colors.filter(|(cell, color)| self.search(*color, self.hints[cell.key][0]).1 > limit);
        misfits.map(|(cell, color)| (color, cell.count())).collect()
    }

    pub(super) fn copy(&mut self, other: &Self) {
        self.colors.clone_from(&other.colors);
        self.near.clone_from(&other.near);
        self.channels = other.channels;
        self.hints.clone_from(&other.hints);
        self.generation = other.generation;
    }

    pub(super) fn colors(&self) -> impl Iterator<Item = [u8; 3]> {
        self.colors.iter().map(|&[red, green, blue, _]| [red, green, blue].map(byte))
    }

    pub(super) fn len(&self) -> usize {
        self.colors.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.colors.is_empty()
    }

    /// How well the colors fit.
    pub(super) fn fit(&mut self, cells: &Cells) -> Fit {
        let mut clusters = vec![Cluster::default(); self.colors.len()];
        for cell in cells.used() {
            let color = cell.color();
            let [hint, _] = self.hints[cell.key];
            let (index, distance) = self.search(color, hint);
            self.hints[cell.key][0] = index;
            if let Some(cluster) = clusters.get_mut(usize::from(index)) {
                cluster.add(cell, color, distance);
            }
        }
        let (error, pixels) =
            clusters.iter().fold((0.0, 0.0), |(error, count), next| (error + next.error, count + next.count));
        Fit { clusters, error: error / f32::max(pixels, 1.0), pixels }
    }

    /// Moves each color to the center of the cells that are nearest to it, and some to where they
    /// gain more. Returns an estimate of the new error.
    pub(super) fn follow(&mut self, fit: Fit) -> f32 {
        let Fit { mut clusters, pixels, .. } = fit;
        for (color, cluster) in self.colors.iter_mut().zip(&mut clusters) {
            let [red, green, blue] = cluster.move_to_center([color[0], color[1], color[2]]).map(round);
            *color = [red, green, blue, 0.0];
        }
        let moved = self.relocate(&mut clusters);
        self.arrange(false, &moved);
        clusters.iter().map(|cluster| cluster.error).sum::<f32>() / f32::max(pixels, 1.0)
    }

    /// Moves colors that gain little to where the error is greatest. Returns which were moved.
    fn relocate(&mut self, clusters: &mut [Cluster]) -> [bool; 256] {
        // What it costs to do without a color.
        let mut costs: Vec<(f32, usize)> = (0..clusters.len().min(self.near.len()))
            .map(|index| {
                let near = &self.near[index];
                let nearest = self.colors[usize::from(near.indices[1])];
                (clusters[index].count * squared_distance(nearest, self.colors[index]), index)
            })
            .collect();
        costs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let half = |(cluster, index): (&Cluster, usize)| (cluster.error * 0.5, index);
        let mut gains: Vec<(f32, usize)> = clusters.iter().zip(0..).map(half).collect();
        gains.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let mut moved = [false; 256];
        for (&(cost, from), &(gain, to)) in costs.iter().zip(&gains).take(MAX_MOVED) {
            if gain <= cost * 1.2 || from == to || moved[from] || moved[to] {
                break;
            }
            // Both go to either side of the center.
            let center = self.colors[to];
            let ([red, green, blue], _) = clusters[to].worst;
            let worst = [red, green, blue, 0.0];
            self.colors[from] = std::array::from_fn(|axis| round(center[axis] * 0.5 + worst[axis] * 0.5));
            self.colors[to] = std::array::from_fn(|axis| round(center[axis] * 1.5 - worst[axis] * 0.5));
            (moved[from], moved[to]) = (true, true);
            clusters[to].error -= gain;
            clusters[from].error += cost;
        }
        if moved.contains(&true) {
            for [hint, _] in &mut self.hints {
                *hint = if moved[usize::from(*hint)] { NO_HINT } else { *hint };
            }
        }
        moved
    }

    /// Starts a generation: finds out which colors are near to each, if `all`, else only to some, and
    /// to those that were `moved`.
    fn arrange(&mut self, all: bool, moved: &[bool; 256]) {
        // After 255 generations, everything is forgotten.
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.generation = 1;
            self.hints.iter_mut().for_each(|[_, generation]| *generation = 0);
        }
        for (axis, channel) in self.channels.iter_mut().enumerate() {
            for (slot, color) in channel.iter_mut().zip(&self.colors) {
                *slot = color[axis];
            }
        }
        let length = self.colors.len();
        self.near.resize(length, Near { channels: [[0.0; ROOM]; 3], indices: [0; ROOM], length: NEAR });
        let turn = usize::from(self.generation) % TURNS;
        let mut due: [bool; 256] = std::array::from_fn(|index| all || moved[index] || index % TURNS == turn);
        for index in (0..length).filter(|index| moved[*index]) {
            self.find_near(index);
            self.near[index].indices.iter().for_each(|near| due[usize::from(*near)] = true);
        }
        for (index, due) in due.into_iter().enumerate().take(length) {
            if due {
                self.find_near(index);
            } else {
                self.near[index].look_at(&self.colors);
            }
        }
    }

    fn find_near(&mut self, own: usize) {
        let length = self.colors.len();
        let mut distances = self.distances(self.colors[own]);
        distances[own] = -1.0;
        let mut nearest = [(f32::MAX, own); NEAR];
        for (chunk, start) in distances.chunks_exact(CHUNK).zip((0..length).step_by(CHUNK)) {
            if !has_less(chunk, nearest[NEAR - 1].0) {
                continue;
            }
            for (&distance, other) in chunk.iter().zip(start..) {
                if distance < nearest[NEAR - 1].0 {
                    let mut place = NEAR - 1;
                    while place > 0 && distance < nearest[place - 1].0 {
                        nearest[place] = nearest[place - 1];
                        place -= 1;
                    }
                    nearest[place] = (distance, other);
                }
            }
        }
        let near = &mut self.near[own];
        for (slot, (_, index)) in near.indices.iter_mut().zip(nearest) {
            *slot = u8::try_from(index).unwrap_or(0);
        }
        near.look_at(&self.colors);
    }

    /// The index of the color nearest to `color`, and its squared distance. Begins with `hint` and
    /// goes from color to color as long as that comes nearer.
    fn search(&self, color: [f32; 3], hint: u8) -> (u8, f32) {
        let [red, green, blue] = color;
        let color = [red, green, blue, 0.0];
        let mut best = hint;
        let Some(first) = self.colors.get(usize::from(hint)) else { return self.search_all(color) };
        let mut least = squared_distance(*first, color);
        while let Some(near) = self.near.get(usize::from(best)) {
            let index = near.find(color);
            let distance = squared_distance(self.colors[usize::from(index)], color);
            if distance >= least {
                break;
            }
            (best, least) = (index, distance);
        }
        (best, least)
    }

    fn search_all(&self, color: [f32; 4]) -> (u8, f32) {
        let mut best = (0, f32::MAX);
        for (chunk, start) in
            self.distances(color).chunks_exact(CHUNK).zip((0..self.colors.len()).step_by(CHUNK))
        {
            if has_less(chunk, best.1) {
                for (&distance, index) in chunk.iter().zip(start..) {
                    best = if distance < best.1 { (index, distance) } else { best };
                }
            }
        }
        (u8::try_from(best.0).unwrap_or(0), best.1)
    }

    /// The squared distances of all colors to `color`.
    fn distances(&self, [red, green, blue, _]: [f32; 4]) -> [f32; 256] {
        let length = self.colors.len().min(256);
        let [reds, greens, blues] = self.channels.each_ref().map(|channel| &channel[..length]);
        let mut distances = [f32::MAX; 256];
        for (((slot, r), g), b) in distances[..length].iter_mut().zip(reds).zip(greens).zip(blues) {
            let (r, g, b) = (r - red, g - green, b - blue);
            *slot = r * r + g * g + b * b;
        }
        distances
    }

    /// The index of the color nearest to `color`, and the color.
    #[inline(always)]
    pub(super) fn find(&mut self, pixel: [u8; 4], color: [f32; 4]) -> (u8, [f32; 4]) {
        let key = key(pixel);
        let [mut hint, generation] = self.hints[key];
        if generation != self.generation {
            hint = self.renew(key);
        }
        let index = self.near[usize::from(hint)].find(color);
        (index, self.colors[usize::from(index)])
    }

    /// The squared error of an opaque pixel.
    pub(super) fn error(&mut self, pixel: [u8; 4]) -> f32 {
        let [red, green, blue, _] = pixel;
        let color = [red, green, blue, 0].map(f32::from);
        let (_, found) = self.find(pixel, color);
        squared_distance(found, color)
    }

    /// Searches the color nearest to the center of a cell.
    #[cold]
    #[inline(never)]
    fn renew(&mut self, key: usize) -> u8 {
        let [hint, _] = self.hints[key];
        let all = key % usize::from(SEARCHES) == usize::from(self.generation % SEARCHES);
        let (index, _) = self.search(center(key), if all { NO_HINT } else { hint });
        self.hints[key] = [index, self.generation];
        index
    }
}

impl Near {
    /// Copies the colors.
    fn look_at(&mut self, colors: &[[f32; 4]]) {
        for (place, index) in self.indices.into_iter().enumerate() {
            let color = colors[usize::from(index)];
            for (channel, sample) in self.channels.iter_mut().zip(color) {
                channel[place] = sample;
            }
        }
    }

    /// The index of the color nearest to `color`.
    #[inline(always)]
    fn find(&self, [red, green, blue, _]: [f32; 4]) -> u8 {
        let length = self.length.min(ROOM);
        let [reds, greens, blues] = self.channels.each_ref().map(|channel| &channel[..length]);
        let mut least = u32::MAX >> 1;
        for (((r, g), b), tag) in reds.iter().zip(greens).zip(blues).zip(&TAGS[..length]) {
            let (r, g, b) = (r - red, g - green, b - blue);
            // Positive numbers have the order of their bits.
            let tagged = (r * r + g * g + b * b).to_bits() & !TAG_MASK | tag;
            least = if tagged.cast_signed() < least.cast_signed() { tagged } else { least };
        }
        self.indices[(least & TAG_MASK) as usize]
    }
}

impl Cluster {
    #[inline]
    fn add(&mut self, cell: &Cell, color: [f32; 3], distance: f32) {
        let count = cell.count();
        self.count += count;
        self.sums.iter_mut().zip(color).for_each(|(sum, sample)| *sum += sample * count);
        let error = distance * count;
        self.error += error;
        if error > self.worst.1 {
            self.worst = (color, error);
        }
        if count > self.commonest.1 {
            self.commonest = (color, count);
        }
    }

    /// The new place of its color: the mean, or the color of most pixels if there is one, so that
    /// flat areas keep their color.
    fn move_to_center(&mut self, old: [f32; 3]) -> [f32; 3] {
        if self.count == 0.0 {
            return old;
        }
        let mean = self.sums.map(|sum| sum / self.count);
        let shift: f32 = mean.iter().zip(old).map(|(new, old)| (new - old) * (new - old)).sum();
        self.error = (self.error - self.count * shift).max(0.0);
        if self.commonest.1 * 2.0 > self.count { self.commonest.0 } else { mean }
    }
}

/// Whether one of a few distances is less than a limit.
#[inline(always)]
fn has_less(distances: &[f32], limit: f32) -> bool {
    distances.iter().fold(false, |any, distance| any | (*distance < limit))
}

#[inline(always)]
fn squared_distance(a: [f32; 4], b: [f32; 4]) -> f32 {
    let squares: [f32; 4] = std::array::from_fn(|axis| (a[axis] - b[axis]) * (a[axis] - b[axis]));
    squares[0] + squares[1] + squares[2]
}

/// The nearest sample of 8 bits.
fn round(sample: f32) -> f32 {
    f32::from(byte(sample))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn byte(sample: f32) -> u8 {
    (sample.clamp(0.0, 255.0) + 0.5) as u8
}
