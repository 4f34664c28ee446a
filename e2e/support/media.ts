// What really flows: decoded frames and audio energy, read from getStats.
import { expect, type Page } from '@playwright/test';

export interface Received {
  /** Milliseconds, of the stats' own clock. */
  at: number;
  frames: number;
  energy: number;
}

/** Keeps every peer connection of the page reachable for getStats. Call before the first navigation. */
export async function watchPeerConnections(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const Native = window.RTCPeerConnection;
    const all: RTCPeerConnection[] = [];
    (window as unknown as { __peerConnections: RTCPeerConnection[] }).__peerConnections = all;
    window.RTCPeerConnection = class extends Native {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        all.push(this);
      }
    };
  });
}

/** Video frames decoded and audio energy received by the page's live connection. */
export async function received(page: Page): Promise<Received> {
  return page.evaluate(async () => {
    const all = (window as unknown as { __peerConnections: RTCPeerConnection[] }).__peerConnections;
    const sum = { at: 0, frames: 0, energy: 0 };
    for (const pc of all.filter((pc) => pc.connectionState !== 'closed')) {
      for (const stat of (await pc.getStats()).values()) {
        if (stat.type !== 'inbound-rtp') continue;
        sum.at = Math.max(sum.at, stat.timestamp);
        if (stat.kind === 'video') sum.frames += stat.framesDecoded ?? 0;
        if (stat.kind === 'audio') sum.energy += stat.totalAudioEnergy ?? 0;
      }
    }
    return sum;
  });
}

/** Waits until frames decode at ≥ 10 per second and audio energy rises, over at least a second. */
export async function expectLiveMedia(page: Page, who: string): Promise<void> {
  await expect
    .poll(
      async () => {
        const first = await received(page);
        const then = await later(page, first, 1_000);
        const rate = ((then.frames - first.frames) * 1_000) / (then.at - first.at);
        return { fluent: rate >= 10, heard: then.energy - first.energy > 1e-6 };
      },
      { message: `${who} sees and hears the other side`, timeout: 30_000, intervals: [0] },
    )
    .toEqual({ fluent: true, heard: true });
}

/** Waits until no audio energy arrives for a second and a half while video goes on: the other side is mute. */
export async function expectSilence(page: Page, who: string): Promise<void> {
  await expect
    .poll(
      async () => {
        const first = await received(page);
        // The fake device beeps once a second, so a longer window must stay silent.
        const then = await later(page, first, 1_500);
        return { silent: then.energy - first.energy < 1e-7, video: then.frames > first.frames };
      },
      { message: `${who} hears nothing`, timeout: 30_000, intervals: [0] },
    )
    .toEqual({ silent: true, video: true });
}

/** Resolves with the wall-clock time at which the page has decoded its first remote frame. */
export async function firstRemoteFrame(page: Page): Promise<number> {
  return page.evaluate(async (limit) => {
    const all = (window as unknown as { __peerConnections: RTCPeerConnection[] }).__peerConnections;
    const deadline = Date.now() + limit;
    while (Date.now() < deadline) {
      for (const pc of all) {
        for (const stat of (await pc.getStats()).values()) {
          const decoded = stat.type === 'inbound-rtp' && stat.kind === 'video' ? stat.framesDecoded : 0;
          if (decoded > 0) return Date.now();
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('no remote frame was decoded in time');
  }, 30_000);
}

/** The next sample whose own clock lies at least `ms` after `first`. */
async function later(page: Page, first: Received, ms: number): Promise<Received> {
  let sample = first;
  await expect
    .poll(async () => (sample = await received(page)).at - first.at, { timeout: 15_000, intervals: [100] })
    .toBeGreaterThanOrEqual(ms);
  return sample;
}
