import type { Condition, Tenant } from '../../api/types.ts';
import { Ago } from '../../components/ago.tsx';
import { visibleText } from '../../logs/visible-text.ts';
import { isTrouble, meaningOf } from './explain.ts';

/** Lists the conditions: why the tenant is as it is, and since when. */
export function Conditions({ tenant }: { tenant: Tenant }) {
  return (
    <section aria-labelledby="conditions-title">
      <h2 id="conditions-title">Why</h2>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Condition</th>
            <th scope="col">Reason</th>
            <th scope="col" class="number">
              Since
            </th>
            <th scope="col">Message</th>
          </tr>
        </thead>
        <tbody>
          {troubleFirst(tenant).map((condition) => (
            <tr key={condition.type} class={isTrouble(condition, tenant) ? 'trouble' : ''}>
              <th scope="row">{condition.status ? condition.type : `Not ${condition.type.toLowerCase()}`}</th>
              <td>{visibleText(condition.reason)}</td>
              <td class="number">
                <Ago at={condition.since} />
              </td>
              <td class="message">
                {visibleText([meaningOf(condition), condition.message].filter(Boolean).join(' '))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function troubleFirst(tenant: Tenant): Condition[] {
  return tenant.conditions.toSorted((one, other) => Number(isTrouble(other, tenant)) - Number(isTrouble(one, tenant)));
}
