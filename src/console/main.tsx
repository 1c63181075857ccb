import { render } from 'preact';
import { App } from './app.tsx';
import { listenToKeys } from './keyboard/keyboard.ts';
import { follow } from './live/follow.ts';

const place = document.getElementById('console');
if (place) {
  render(<App />, place);
  listenToKeys();
  follow();
}
