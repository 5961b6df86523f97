import type { Page } from 'playwright-core';

/**
 * At 200 % nothing is cut off or needs sideways scrolling, but wide tables, pictures and lists in areas of their own
 * (WCAG 1.4.4, 1.4.10).
 */
export function zoomProblems(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const problems: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth + 1) {
      const widest = [...document.body.querySelectorAll('*')].find(
        (element) =>
          element.getBoundingClientRect().right > root.clientWidth + 1 &&
          element.closest('dialog:not([open])') === null,
      );
      problems.push(
        `the page is ${root.scrollWidth} pixels wide in a window of ${root.clientWidth}: ` +
          `${widest?.outerHTML.slice(0, 100) ?? ''}`,
      );
    }
    for (const element of document.querySelectorAll<HTMLElement>('main *, aside *, nav *, dialog[open] *')) {
      const style = getComputedStyle(element);
      const cut =
        (style.overflowX === 'hidden' || style.overflowX === 'clip') && element.scrollWidth > element.clientWidth + 1;
      const told = style.textOverflow === 'ellipsis' && (element.title !== '' || element.closest('[title]') !== null);
      const hidden = element.closest('.visually-hidden, [aria-hidden="true"], canvas') !== null;
      if (
        cut &&
        !told &&
        !hidden &&
        element.clientWidth > 1 &&
        element.textContent?.trim() !== '' &&
        element.checkVisibility()
      )
        problems.push(`cut off: ${element.outerHTML.slice(0, 100)}`);
    }
    for (const element of document.querySelectorAll<HTMLElement>('a[href], button, input, select')) {
      const box = element.getBoundingClientRect();
      const scrolls = element.closest('.scroll-x, table, [tabindex="0"], pre') !== null;
      if (
        box.width > 0 &&
        !scrolls &&
        element.checkVisibility() &&
        (box.right > root.clientWidth + 1 || box.left < -1) &&
        !element.matches('.skip')
      )
        problems.push(`out of reach: ${element.outerHTML.slice(0, 100)}`);
    }
    return problems.slice(0, 5);
  });
}

/** Who asked for less motion sees none. */
export function motionProblems(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const moves = (text: string): boolean => text.split(',').some((part) => Number.parseFloat(part) > 0);
    const moving = [...document.querySelectorAll('*')].filter((element) => {
      const style = getComputedStyle(element);
      return (
        moves(style.transitionDuration) ||
        (style.animationName !== 'none' && moves(style.animationDuration)) ||
        style.scrollBehavior === 'smooth'
      );
    });
    return moving.slice(0, 3).map((element) => `moves: ${element.outerHTML.slice(0, 80)}`);
  });
}

/**
 * With the system's own colours controls keep an edge, and what is chosen differs from what is not by more than colour.
 */
export function forcedColourProblems(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const problems: string[] = [];
    const shown = (selector: string): HTMLElement[] =>
      [...document.querySelectorAll<HTMLElement>(selector)].filter(
        (element) => element.checkVisibility() && element.getClientRects().length > 0,
      );
    for (const control of shown('.button, input:not([type=range], [type=checkbox], [type=radio]), select, textarea')) {
      const style = getComputedStyle(control);
      if (Number.parseFloat(style.borderTopWidth) === 0 && style.outlineStyle === 'none')
        problems.push(`has no edge: ${control.outerHTML.slice(0, 80)}`);
    }
    const looks = (element: Element): string => {
      const {
        backgroundColor,
        borderTopColor,
        borderBottomWidth,
        borderBottomColor,
        outlineStyle,
        fontWeight,
        textDecorationLine,
      } = getComputedStyle(element);
      return [
        backgroundColor,
        borderTopColor,
        borderBottomWidth,
        borderBottomColor,
        outlineStyle,
        fontWeight,
        textDecorationLine,
      ].join(' ');
    };
    for (const chosen of shown(
      '[aria-selected="true"], [aria-current]:not([aria-current="false"]), [aria-pressed="true"]',
    )) {
      const attribute =
        ['aria-selected', 'aria-current', 'aria-pressed'].find((name) => chosen.hasAttribute(name)) ?? '';
      const other = [
        ...(
          chosen.closest('ul, ol, nav, [role="listbox"], [role="tablist"], .row, header, main') ?? document
        ).querySelectorAll(chosen.tagName),
      ].find(
        (element) =>
          (element.getAttribute(attribute) ?? 'false') === 'false' &&
          element.className.split(' ')[0] === chosen.className.split(' ')[0],
      );
      if (other !== undefined && looks(other) === looks(chosen))
        problems.push(`looks as if it were not chosen: ${chosen.outerHTML.slice(0, 80)}`);
    }
    for (const bar of shown('progress')) {
      if (getComputedStyle(bar).appearance === 'none' && getComputedStyle(bar).forcedColorAdjust !== 'none')
        problems.push(`a progress bar without its filling: ${bar.outerHTML.slice(0, 80)}`);
    }
    return [...new Set(problems)].slice(0, 5);
  });
}

/** Every chart says in words what it shows, and has a table with the same series. */
export async function chartProblems(page: Page): Promise<string[]> {
  const problems: string[] = [];
  const figures = page.locator('main figure:has(canvas, svg)');
  for (let index = 0; index < (await figures.count()); index += 1) {
    const figure = figures.nth(index);
    const title = (await figure.locator('h2, h3, figcaption').first().textContent())?.trim() ?? `figure ${index + 1}`;
    const toggle = figure.getByRole('button', { name: /as a table$/ });
    if ((await toggle.count()) === 0) {
      problems.push(`${title}: no table`);
      continue;
    }
    if ((await toggle.getAttribute('aria-pressed')) === 'true') await toggle.click();
    const summary = await figure.locator('[role=img]').first().getAttribute('aria-label');
    if ((summary ?? '').length < 10) problems.push(`${title}: no summary in words`);
    await toggle.click();
    const series = await figure.locator('.legend > span:has(.swatch)').count();
    const columns = await figure.locator('thead th').count();
    const rows = await figure.locator('tbody tr').count();
    if (rows === 0 || columns < series + 1)
      problems.push(`${title}: a table of ${rows} rows and ${columns} columns for ${series} series`);
    await toggle.click();
  }
  return problems;
}
