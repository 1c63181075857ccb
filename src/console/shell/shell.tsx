import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { useShortcuts } from '../keyboard/keyboard.ts';
import { ConnectionState } from './connection-state.tsx';
import { KeyboardHelp } from './keyboard-help.tsx';
import { nextTheme, theme } from './theme.ts';
import { TokenGate } from './token-gate.tsx';

export interface NavigationLink {
  path: string;
  title: string;
}

interface ShellProps {
  links: readonly NavigationLink[];
  children: ComponentChildren;
}

/** What surrounds every room: navigation, connection, theme, help. */
export function Shell({ links, children }: ShellProps) {
  const { path } = useLocation();
  const isHelpOpen = useSignal(false);
  useShortcuts([
    {
      key: '?',
      does: 'Show the shortcuts',
      run: () => {
        isHelpOpen.value = true;
      },
    },
    { key: 't', does: 'Change the theme', run: nextTheme },
  ]);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="bar">
        <a class="brand" href="/console/">
          Berth
        </a>
        <nav aria-label="Rooms">
          {links.map((link) => (
            <a key={link.path} href={link.path} {...(isCurrent(link.path, path) && { 'aria-current': 'page' })}>
              {link.title}
            </a>
          ))}
        </nav>
        <ConnectionState />
        <button
          type="button"
          class="theme"
          title="Theme"
          aria-label={`Theme: ${theme.value}. Change it`}
          onClick={nextTheme}
        >
          {theme.value}
        </button>
        <button
          type="button"
          class="help"
          aria-label="Show the shortcuts"
          onClick={() => {
            isHelpOpen.value = true;
          }}
        >
          ?
        </button>
      </header>
      {children}
      <KeyboardHelp isOpen={isHelpOpen} />
      <TokenGate />
    </div>
  );
}

/** The fleet is the root, and the rooms of a tenant belong to it. */
function isCurrent(link: string, path: string): boolean {
  if (link === '/console/') return path === link || path === '/console' || path.startsWith('/console/tenants/');
  return path === link || path.startsWith(`${link}/`);
}
