import { formatRoute, parseRoute, type Route } from './route.ts';

/** The screen shown, kept in the location hash so that reload and back work. */
export class Router {
  route = $state.raw<Route>({ screen: 'home' });

  /** Starts listening; returns the function that stops it. */
  start(): () => void {
    const read = (): void => {
      this.route = parseRoute(location.hash);
    };
    read();
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }

  go(route: Route): void {
    location.hash = formatRoute(route);
  }

  /** The project that is open, if one is. */
  get projectId(): number | null {
    return 'projectId' in this.route ? this.route.projectId : null;
  }
}
