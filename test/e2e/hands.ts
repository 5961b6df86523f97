import type { Locator, Page } from 'playwright-core';
import { failed } from '../../native-models/failure.ts';

/** How a person acts on a control: by mouse, or by keyboard alone. */
export interface Hand {
  readonly activate: (control: Locator, timeout?: number) => Promise<void>;
  readonly fill: (control: Locator, text: string) => Promise<void>;
  /** Chooses one of a group of radio buttons. */
  readonly choose: (radio: Locator) => Promise<void>;
  /** Chooses an entry of a list box by its text. */
  readonly select: (list: Locator, entry: string) => Promise<void>;
}

export const mouse: Hand = {
  activate: (control, timeout) => control.click(timeout === undefined ? {} : { timeout }),
  fill: (control, text) => control.fill(text),
  choose: (radio) => radio.check(),
  select: async (list, entry) => void (await list.selectOption(entry)),
};

const mostTabs = 200;

/**
 * Only Tab, arrows, Enter, Space and typing; a control that Tab does not reach is a failure
 * (`not-reached-by-keyboard`).
 */
export function keyboardOf(page: Page): Hand {
  const hasFocus = (control: Locator): Promise<boolean> =>
    control.evaluate((element) => element.ownerDocument.activeElement === element);
  const tabTo = async (reached: () => Promise<boolean>, control: Locator): Promise<void> => {
    for (let pressed = 0; pressed < mostTabs; pressed += 1) {
      if (await reached()) return;
      await page.keyboard.press('Tab');
    }
    throw failed('not-reached-by-keyboard', `Tab does not lead to ${String(control)}.`);
  };
  const ready = async (control: Locator, timeout?: number): Promise<void> => {
    await control.waitFor(timeout === undefined ? {} : { timeout });
    await control
      .evaluate((element) => element.matches(':disabled'))
      .then((disabled) => (disabled ? control.page().waitForTimeout(1000) : undefined));
  };
  return {
    activate: async (control, timeout) => {
      await ready(control, timeout);
      await tabTo(() => hasFocus(control), control);
      await page.keyboard.press('Enter');
    },
    fill: async (control, text) => {
      await ready(control);
      await tabTo(() => hasFocus(control), control);
      await page.keyboard.press('Control+a');
      await page.keyboard.type(text);
    },
    choose: async (radio) => {
      await ready(radio);
      const group = await radio.getAttribute('name');
      const members = page.locator(`input[type=radio][name="${group}"]`);
      await tabTo(
        () =>
          page
            .locator(`input[type=radio][name="${group}"]:focus`)
            .count()
            .then((count) => count > 0),
        radio,
      );
      for (let pressed = await members.count(); pressed > 0 && !(await radio.isChecked()); pressed -= 1)
        await page.keyboard.press('ArrowDown');
      if (!(await radio.isChecked())) await page.keyboard.press('Space');
    },
    select: async (list, entry) => {
      await ready(list);
      await tabTo(() => hasFocus(list), list);
      await page.keyboard.type(entry);
    },
  };
}
