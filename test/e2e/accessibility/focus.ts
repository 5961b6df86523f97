import type { Page } from 'playwright-core';

/** One place where Tab stops. */
interface Stop {
  readonly name: string;
  readonly order: number | null;
  readonly inDialog: boolean;
  readonly problem: string | null;
}

const mostStops = 400;

/**
 * Tabs through the whole screen: every stop is in view, shows that it has the focus and is not covered; the order is
 * that of the document; every control is reached; in a dialog the focus stays inside.
 */
export async function focusProblems(page: Page): Promise<string[]> {
  const expected = await markControls(page);
  const reached = new Set<number>();
  const problems: string[] = [];
  let [last, wraps] = [-1, 0];
  for (let pressed = 0; pressed < mostStops; pressed += 1) {
    await page.keyboard.press('Tab');
    const stop = await lookAtFocus(page);
    // Nothing has the focus at the end of the page; an area that only scrolls is the browser's own stop.
    if (stop === null || stop.order === null) continue;
    if (reached.has(stop.order)) break;
    reached.add(stop.order);
    if (stop.problem !== null) problems.push(`${stop.name} ${stop.problem}`);
    if (expected.dialog && !stop.inDialog) problems.push(`${stop.name} takes the focus out of the dialog`);
    // From the last control it goes to the first one, once.
    if (stop.order < last && (wraps += 1) > 1) problems.push(`${stop.name} comes out of order`);
    last = stop.order;
  }
  const missed = expected.controls.filter(({ order }) => !reached.has(order)).map(({ name }) => name);
  return missed.length === 0 ? problems : [...problems, `Tab does not lead to ${missed.slice(0, 4).join(', ')}`];
}

interface Controls {
  readonly dialog: boolean;
  readonly controls: readonly { readonly order: number; readonly name: string }[];
}

/** Numbers the controls that Tab should reach, within the dialog when one is open. Of a radio group one is enough. */
function markControls(page: Page): Promise<Controls> {
  return page.evaluate(() => {
    const dialog = document.querySelector('dialog[open]');
    const groups = new Set<string>();
    const visible = (element: Element): boolean =>
      element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
    const all = [
      ...(dialog ?? document).querySelectorAll<HTMLElement>(
        'a[href], button, input, select, textarea, summary, [tabindex="0"]',
      ),
    ].filter((element) => !element.matches(':disabled, [tabindex="-1"]') && visible(element));
    const controls = all.flatMap((element, order) => {
      element.dataset['order'] = String(order);
      const group = element instanceof HTMLInputElement && element.type === 'radio' ? element.name : '';
      if (
        group !== '' &&
        (groups.has(group) ||
          (!element.matches(':checked') && document.querySelector(`input[name="${group}"]:checked`) !== null))
      )
        return [];
      if (group !== '') groups.add(group);
      return [
        {
          order,
          name:
            (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40) ||
            element.outerHTML.slice(0, 80),
        },
      ];
    });
    if (dialog === null) document.body.focus();
    return { dialog: dialog !== null, controls };
  });
}

function lookAtFocus(page: Page): Promise<Stop | null> {
  return page.evaluate(() => {
    const element = document.activeElement;
    // Links in a picture are elements of SVG.
    if (!(element instanceof HTMLElement || element instanceof SVGElement) || element === document.body) return null;
    const name =
      (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40) ||
      element.outerHTML.slice(0, 80);
    const style = getComputedStyle(element);
    const outlined = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2;
    const box = element.getBoundingClientRect();
    const inView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const [x, y] = [
      Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1),
      Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 1), innerHeight - 1),
    ];
    const top = document.elementFromPoint(x, y);
    const covered =
      top !== null &&
      !element.contains(top) &&
      !top.contains(element) &&
      top.closest('label')?.contains(element) !== true;
    const problem = !outlined
      ? 'does not show that it has the focus'
      : !inView
        ? 'has the focus out of view'
        : covered
          ? `is covered by ${top.outerHTML.slice(0, 60)}`
          : null;
    return {
      name,
      order: element.dataset['order'] === undefined ? null : Number(element.dataset['order']),
      inDialog: element.closest('dialog[open]') !== null,
      problem,
    };
  });
}

/** Escape closes the dialog that is open, if one is, and the focus is back in the page. */
export async function dialogProblems(page: Page): Promise<string[]> {
  if ((await page.locator('dialog[open]').count()) === 0) return [];
  await page.keyboard.press('Escape');
  await page.waitForTimeout(60);
  if ((await page.locator('dialog[open]').count()) > 0) return ['Escape does not close the dialog'];
  const lost = await page.evaluate(() => document.activeElement === document.body || document.activeElement === null);
  return lost ? ['the focus is lost when the dialog closes'] : [];
}
