import { openStore } from './store.ts';

/** Whose fictional figures these are; empty where they are real. What leaves the page says it too. */
export const demoCompany = openStore('');
