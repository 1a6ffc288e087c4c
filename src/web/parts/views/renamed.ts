/** The view that the dialog is about. */
import type { View } from '../../../api/contract/views.ts';
import { openStore } from '../store.ts';

export const renamed = openStore<View | undefined>(undefined);
