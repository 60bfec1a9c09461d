import type { Overview } from '../model/known.ts';
import { element, rowsOf } from './elements.ts';
import { age, instant } from './times.ts';

type RunningMode = Exclude<Overview['haproxy']['mode'], 'off'>;

type Banner =
  | { readonly about: 'lost'; readonly since: number; readonly isStale: boolean }
  | { readonly about: 'down'; readonly mode: RunningMode }
  | { readonly about: 'rejected'; readonly at: string; readonly error: string };

/**
 * Shows what must not be overlooked: that the agent is not heard (since `lostAt`, in milliseconds), that HAProxy is down,
 * that a configuration was rejected.
 */
export function createBanners(
  target: Element,
): (overview: Overview | undefined, lostAt: number | undefined) => void {
  const show = rowsOf<Banner>(target, bannerElement);
  return (overview, lostAt) => show(bannersOf(overview, lostAt));
}

function bannersOf(overview: Overview | undefined, lostAt: number | undefined): Banner[] {
  const banners: Banner[] = [];
  if (lostAt !== undefined) banners.push({ about: 'lost', since: lostAt, isStale: overview !== undefined });
  if (!overview) return banners;
  const { haproxy, config } = overview;
  if (!haproxy.up && haproxy.mode !== 'off') banners.push({ about: 'down', mode: haproxy.mode });
  if (config.rejected) banners.push({ about: 'rejected', ...config.rejected });
  return banners;
}

function bannerElement(banner: Banner): Element {
  switch (banner.about) {
    case 'lost':
      return bannerOf(
        'partly',
        'No connection to the agent',
        element('p', {}, 'For ', age(banner.since), '; trying again. ', banner.isStale ? staleness : ''),
      );
    case 'down':
      return bannerOf('bad', 'HAProxy is down', element('p', {}, downWords[banner.mode]));
    case 'rejected':
      return bannerOf(
        'bad',
        'A configuration was rejected',
        element('p', {}, 'At ', instant(banner.at), '. HAProxy goes on with the one before.'),
        element('pre', { tabindex: '0', 'aria-label': 'Error' }, banner.error),
      );
  }
}

const staleness = 'What is shown is what it said last.';

const downWords: Readonly<Record<RunningMode, string>> = {
  start: 'The agent starts it again, with the last configuration that worked.',
  drive: 'It does not answer; whoever started it has to start it again.',
};

function bannerOf(tone: string, title: string, ...content: readonly Element[]): Element {
  return element('div', { class: `banner ${tone}`, role: 'alert' }, element('h2', {}, title), ...content);
}
