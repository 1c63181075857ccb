import { useSignal } from '@preact/signals';
import { ErrorBoundary, LocationProvider, lazy, Route, Router } from 'preact-iso';
import { asRequestError, type RequestError } from './api/problem.ts';
import { loadRoom } from './load-rooms.ts';
import { type Room, rooms } from './rooms.ts';
import { Crash } from './shell/crash.tsx';
import { NotFound } from './shell/not-found.tsx';
import { Shell } from './shell/shell.tsx';

const routes = rooms.map(({ name, path }) => ({ path, component: lazy(loadRoom[name]) }));
const links = rooms.filter(({ place }: Room) => place === 'bar');

export function App() {
  const crash = useSignal<RequestError | undefined>(undefined);
  const fail = (error: unknown) => {
    crash.value = asRequestError(error);
  };
  const recover = () => {
    crash.value = undefined;
  };
  return (
    <LocationProvider scope="/console/">
      <Shell links={links}>
        {crash.value ? (
          <Crash error={crash.value} />
        ) : (
          <ErrorBoundary onError={fail}>
            <Router onRouteChange={recover}>
              {routes.map(({ path, component }) => (
                <Route key={path} path={path} component={component} />
              ))}
              <Route default component={NotFound} />
            </Router>
          </ErrorBoundary>
        )}
      </Shell>
    </LocationProvider>
  );
}
