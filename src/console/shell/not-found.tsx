import { useTitle } from './title.ts';

export function NotFound() {
  useTitle('Not found');
  return (
    <main class="room" id="main">
      <section class="empty">
        <h1>There is no such page</h1>
        <p>
          <a class="link" href="/console/">
            Show the fleet
          </a>
        </p>
      </section>
    </main>
  );
}
