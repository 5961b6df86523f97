import { describe, expect, it } from 'vitest';
import { libraryWith, newPair, temporaryLibrary } from '../datasets/store/library.fixture.ts';
import {
  createProject,
  getOrCreateProject,
  getProjectByName,
  listProjects,
  renameProject,
  restoreProject,
  setProjectModel,
  setProjectStep,
  trashProject,
} from './projects.ts';
import { drawsHeldOut, getSplit, setSplit } from './split.ts';

const failure = (code: string): unknown => expect.objectContaining({ code });

describe('projects', () => {
  it('keep their name to themselves, and bad names are refused', () => {
    const library = temporaryLibrary();
    const { id } = createProject(library, 'safety');
    expect(() => createProject(library, 'safety')).toThrowError(failure('project-exists'));
    for (const name of ['', ' ', ' padded', 'x'.repeat(121)])
      expect(() => createProject(library, name)).toThrowError(failure('bad-project-name'));
    expect(getOrCreateProject(library, 'safety').id).toBe(id);
    expect(() => getProjectByName(library, 'other')).toThrowError(failure('unknown-project'));
  });

  it('are renamed to free names only, to their own too', () => {
    const library = temporaryLibrary();
    const { id } = createProject(library, 'one');
    createProject(library, 'two');
    expect(() => renameProject(library, id, 'two')).toThrowError(failure('project-exists'));
    expect(renameProject(library, id, 'one').name).toBe('one');
    expect(renameProject(library, id, 'three').name).toBe('three');
    expect(listProjects(library).map(({ name }) => name)).toEqual(['three', 'two']);
  });

  it('remember model and step', () => {
    const library = temporaryLibrary();
    const { id } = createProject(library, 'one');
    setProjectModel(library, id, '/models/tiny');
    expect(setProjectStep(library, id, 'train')).toMatchObject({ modelPath: '/models/tiny', step: 'train' });
    expect(() => setProjectStep(library, id + 1, 'train')).toThrowError(failure('unknown-project'));
  });

  it('come back from the trash unless their name was given away', () => {
    const library = temporaryLibrary();
    const { id } = createProject(library, 'one');
    trashProject(library, id);
    expect(listProjects(library)).toEqual([]);
    expect(listProjects(library, true)).toHaveLength(1);
    const second = createProject(library, 'one');
    expect(() => restoreProject(library, id)).toThrowError(failure('project-exists'));
    renameProject(library, second.id, 'two');
    expect(restoreProject(library, id).trashedAt).toBeNull();
    expect(listProjects(library)).toHaveLength(2);
  });
});

describe('split', () => {
  const pairs = Array.from({ length: 200 }, (_, index) =>
    newPair(index + 1, false, true, 'a', `prompt ${index % 100}, answered twice ${index < 100 ? '' : ' '}`),
  );
  const heldOut = ({ library }: ReturnType<typeof libraryWith>): number[] =>
    library.db.prepare<[], number>('SELECT pair_id FROM pair_labels WHERE held_out ORDER BY pair_id').pluck().all();

  it('draws the same prompts for the same seed, others for another, and never splits a prompt', () => {
    const made = libraryWith(pairs);
    const { library, projectId } = made;
    const first = setSplit(library, projectId, { heldOutShare: 0.3, seed: 1 });
    expect(first.trainPairs + first.heldOutPairs).toBe(200);
    expect(first.heldOutPairs).toBeGreaterThan(20);
    const drawn = heldOut(made);
    setSplit(library, projectId, { heldOutShare: 0.3, seed: 2 });
    expect(heldOut(made)).not.toEqual(drawn);
    expect(setSplit(library, projectId, { heldOutShare: 0.3, seed: 1 })).toEqual(first);
    expect(heldOut(made)).toEqual(drawn);
    const sides = library.db
      .prepare(
        'SELECT count(*) FROM (SELECT 1 FROM pair_labels GROUP BY prompt_hash HAVING count(DISTINCT held_out) > 1)',
      )
      .pluck()
      .get();
    expect(sides).toBe(0);
    expect(setSplit(library, projectId, { heldOutShare: 0, seed: 1 }).heldOutPairs).toBe(0);
  });

  it('keeps every prompt where its source put it', () => {
    const made = libraryWith([
      { ...newPair(1, false, true, 'a'), split: 'held-out' },
      { ...newPair(2, false, true, 'a'), split: 'train' },
    ]);
    setSplit(made.library, made.projectId, { heldOutShare: 0.5, seed: 3 });
    expect(heldOut(made)).toEqual([made.pairIds[0]]);
    expect(getSplit(made.library, made.projectId)).toMatchObject({ trainPairs: 1, heldOutPairs: 1 });
  });

  it('holds more out as the share grows, and never takes one back', () => {
    const hash = '07'.repeat(32);
    const shares = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].map((share) => drawsHeldOut(hash, 5, share));
    expect(shares).toEqual([...shares].sort());
    expect(shares.at(-1)).toBe(true);
  });
});
