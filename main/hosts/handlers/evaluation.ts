import type { Handlers } from '../../../preload/contract/contract.ts';
import { notAvailable } from './not-available.ts';

export function evaluationHandlers(): Handlers['evaluation'] {
  return {
    start: notAvailable('evaluation.start'),
    stop: notAvailable('evaluation.stop'),
    list: notAvailable('evaluation.list'),
    progressFeed: notAvailable('evaluation.progressFeed'),
    answers: notAvailable('evaluation.answers'),
    setVerdict: notAvailable('evaluation.setVerdict'),
    answersCsv: notAvailable('evaluation.answersCsv'),
  };
}
