/** The bar that says what is being asked, in each of its states. */
import { AskingBar, StepsBar } from '../asking.tsx';
import { Example, Group } from './example.tsx';

const nothing = { onStop: (): void => undefined, onAgain: (): void => undefined };
const FORECAST = 'Forecasting Organisation';

export function AskingStates() {
  return (
    <Group title="Asking" note="when an answer takes longer than 600 ms; what was shown stays beneath it">
      <Example name="No end is known">
        <AskingBar state="asking" what="Adding up the period by workflow" seconds={3} {...nothing} />
      </Example>
      <Example name="The server counts">
        <AskingBar state="asking" what={FORECAST} seconds={4} {...nothing}>
          <StepsBar done={12} of={40} unit="workflows" />
        </AskingBar>
      </Example>
      <Example name="Stopped">
        <AskingBar state="stopped" what={FORECAST} seconds={undefined} {...nothing} />
      </Example>
      <Example name="Stopped over older figures">
        <AskingBar
          state="stopped"
          what={FORECAST}
          after="Nothing was changed. The figures shown answer the question before."
          seconds={undefined}
          {...nothing}
        />
      </Example>
      <Example name="Answered">
        <p className="quiet">Nothing is said: the figures are there.</p>
      </Example>
    </Group>
  );
}
