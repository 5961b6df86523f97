import type { Handlers } from '../../preload/contract/contract.ts';
import { appHandlers } from './app.ts';
import { categoriesHandlers } from './categories.ts';
import type { HandlerContext } from './context.ts';
import { createCountFeed } from './count-feed.ts';
import { datasetsHandlers } from './datasets.ts';
import { evaluationHandlers } from './evaluation.ts';
import { exportsHandlers } from './exports.ts';
import { filesHandlers } from './files.ts';
import { hardwareHandlers } from './hardware.ts';
import { keepHouse } from './housekeeping.ts';
import { hyperparametersHandlers } from './hyperparameters.ts';
import { labelsHandlers } from './labels.ts';
import { libraryHandlers } from './library.ts';
import { modelsHandlers } from './models.ts';
import { projectsHandlers } from './projects.ts';
import { readAheadLastProject } from './read-ahead.ts';
import { reviewHandlers } from './review.ts';
import { runsHandlers } from './runs.ts';
import { tasksHandlers } from './tasks.ts';
import { trashHandlers } from './trash.ts';

/** The whole contract over the services; the same for every host. */
export function createHandlers(context: HandlerContext): Handlers {
  const countFeed = createCountFeed(context);
  keepHouse(context);
  readAheadLastProject(context);
  return {
    projects: projectsHandlers(context),
    files: filesHandlers(context),
    models: modelsHandlers(context),
    datasets: datasetsHandlers(context),
    review: reviewHandlers(context, countFeed),
    labels: labelsHandlers(context, countFeed),
    categories: categoriesHandlers(context),
    hyperparameters: hyperparametersHandlers(context),
    runs: runsHandlers(context),
    evaluation: evaluationHandlers(context),
    exports: exportsHandlers(context),
    hardware: hardwareHandlers(),
    tasks: tasksHandlers(context),
    trash: trashHandlers(context),
    library: libraryHandlers(context),
    app: appHandlers(context),
  };
}
