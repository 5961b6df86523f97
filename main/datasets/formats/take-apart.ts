import type { Spoken } from './messages.ts';
import { shown, type Problems } from './problems.ts';
import type { RenderedChoice } from './reading.ts';
import { renderedForm, renderedTurns, withoutEnd } from './rendered.ts';

/**
 * Decides about a cell in which a chat template was written out: refused until a person says what to make of it,
 * otherwise taken apart into turns exactly, or kept as text.
 */
export function takeApart(
  spoken: Spoken,
  column: string,
  choice: RenderedChoice | null,
  problems: Problems,
): Spoken | null {
  if (choice === 'text') return spoken;
  if (typeof spoken !== 'string') {
    const form = spoken.map(({ content }) => renderedForm(content)).find((name) => name !== null);
    if (form === undefined) return spoken;
    const text = spoken.map(({ content }) => content).join(' ');
    return choice === 'turns' ? unreadable(text, form, column, problems) : refuse(text, form, column, problems);
  }
  const form = renderedForm(spoken);
  if (form === null) return spoken;
  if (choice === null) return refuse(spoken, form, column, problems);
  const turns = renderedTurns(spoken) ?? withoutEnd(spoken);
  return turns ?? unreadable(spoken, form, column, problems);
}

function unreadable(text: string, form: string, column: string, problems: Problems): null {
  return problems.add(
    'rendered-text-unreadable',
    column,
    `the text (${shown(text)}) has markers of the ${form} chat template, but is not made of whole turns. ` +
      'Fix it, or keep such texts as they are and train with the template "plain".',
  );
}

function refuse(text: string, form: string, column: string, problems: Problems): null {
  return problems.add(
    'already-rendered',
    column,
    `the text (${shown(text)}) was written with a chat template already (${form}); the model's own template ` +
      'would be applied on top of it. Split it into turns, or keep it as it is and train with ' +
      'the template "plain".',
  );
}
