/** How pages are called, for parts that stand on pages and so cannot know the list of them. */
import { createContext } from 'react';

export const PageNames = createContext<(path: string) => string>((path) => path);
