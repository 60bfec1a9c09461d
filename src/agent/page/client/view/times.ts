import { ageText, instantText } from '../model/words.ts';
import { element, setText } from './elements.ts';

/** An instant of the agent's clock, in the reader's time zone. */
export function instant(iso: string): HTMLTimeElement {
  return element('time', { datetime: iso, title: iso }, instantText(iso, Date.now()));
}

/** Time that has passed since `since`, in milliseconds of the reader's clock; it goes on by itself. */
export function age(since: number): HTMLTimeElement {
  const made = element('time', { class: 'age' });
  restartAge(made, since);
  return made;
}

/** Lets an age count from another instant. */
export function restartAge(target: HTMLTimeElement, since: number): void {
  target.dateTime = new Date(since).toISOString();
  setText(target, ageText(Date.now() - since));
}

/** Brings every time on the page up to date, once a second. */
export function keepTimes(): void {
  setInterval(() => {
    const now = Date.now();
    for (const time of document.querySelectorAll('time')) {
      const isAge = time.className === 'age';
      setText(time, isAge ? ageText(now - Date.parse(time.dateTime)) : instantText(time.dateTime, now));
    }
  }, 1000);
}
