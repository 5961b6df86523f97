/** The place on the x axis that all charts of a grid point at. */
export class ChartCursor {
  x = $state<number | null>(null);
}
